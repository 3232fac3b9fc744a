// npm test: sets the machine up, builds, checks, and runs every test: files in parallel, except those that look at the whole
// machine or need all of it (*.serial.test), which follow one by one. Words after `--` pick files by a part of their path:
// npm test -- packages/store. The exit code is 0 only when everything passed.
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { must, root, say } from './lib/run.mjs';
import { setUp } from './setup.mjs';

/** For a file, and for a test in it: a busy machine takes its time, what hangs must end. */
const LIMIT_MS = 900_000;

const started = Date.now();
const picked = process.argv.slice(2);

setUp({ tests: true });
say('building');
must('npm', ['run', '--silent', 'build']);
say('checking types, imports, lint and format');
const checked = spawnSync('scripts/check', [], { cwd: root, stdio: 'inherit' }).status === 0;

const files = testFiles().filter((file) => picked.length === 0 || picked.some((part) => file.includes(part)));
const serial = files.filter((file) => file.endsWith('.serial.test.js'));
const parallel = files.filter((file) => !serial.includes(file));
// one more than there are processors: many tests wait for something
const results = [run(parallel, os.availableParallelism() + 1), run(serial, 1)];

console.log(`\n${files.length} test files in ${Math.round((Date.now() - started) / 1000)} s`);
if (!checked) console.log('scripts/check found faults: see above');
process.exit(checked && results.every((ok) => ok) ? 0 : 1);

function run(list, concurrency) {
  if (list.length === 0) return true;
  say(`running ${list.length} test files, ${concurrency} at a time`);
  const flags = ['--test', '--test-reporter=spec', `--test-concurrency=${concurrency}`, `--test-timeout=${LIMIT_MS}`];
  const { status } = spawnSync(process.execPath, [...flags, ...list], { cwd: root, stdio: 'inherit' });
  return status === 0;
}

/** Compiled tests whose source is still there. */
function testFiles() {
  const packages = fs
    .readdirSync(path.join(root, 'packages'))
    .map((name) => ({ dist: `packages/${name}/dist`, src: `packages/${name}/src` }));
  return [...packages, { dist: 'test/dist', src: 'test' }].flatMap(({ dist, src }) => {
    if (!fs.existsSync(path.join(root, dist))) return [];
    return fs
      .readdirSync(path.join(root, dist), { recursive: true })
      .filter((name) => name.endsWith('.test.js') && fs.existsSync(path.join(root, src, name.replace(/js$/, 'ts'))))
      .map((name) => path.join(dist, name))
      .toSorted();
  });
}
