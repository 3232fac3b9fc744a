// The API server's own tests of what it stores, lists and tells watchers, once more on the stores that last: they run on
// memory elsewhere, and must not be able to tell the difference.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { describe, it } from 'node:test';
import { createEtcdProcess, etcdVersion } from '@mkube/store/etcd-process';
import { repository } from '../lib/command-cluster.ts';

const CORE = ['list', 'list-options', 'watch', 'write', 'delete', 'refusals', 'services', 'crd', 'two-servers'];
const whyNoEtcd = (await etcdVersion()) ? false : 'no etcd: install etcd-server';

/** Runs the core on a store; what it said when something failed. */
async function runCore(store: string): Promise<string> {
  const files = CORE.map((name) => path.join(repository, 'packages/apiserver/dist', `${name}.test.js`));
  for (const file of files) assert.ok(fs.existsSync(file), `${file} is not built`);
  // The runner of this very test must not take the others for its own.
  const { NODE_TEST_CONTEXT: _context, ...env } = process.env;
  const child = spawn(process.execPath, ['--test', '--test-concurrency=1', ...files], {
    env: { ...env, MKUBE_TEST_STORE: store },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const said: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => said.push(chunk));
  const [code] = (await once(child, 'close')) as [number];
  const text = Buffer.concat(said).toString();
  const passed = Number(/^# pass (\d+)$/m.exec(text)?.[1] ?? 0);
  assert.ok(passed > 60 || code !== 0, `only ${passed} tests ran`);
  return code === 0 ? '' : text;
}

describe('the API server', () => {
  it('keeps its promises on LevelDB', async () => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'mkube-api-on-leveldb-'));
    const faults = await runCore(`leveldb://${folder}`);
    fs.rmSync(folder, { recursive: true, force: true });
    assert.equal(faults, '');
  });

  it('keeps its promises on etcd', { skip: whyNoEtcd }, async () => {
    const etcd = await createEtcdProcess();
    await etcd.start();
    const faults = await runCore(etcd.url);
    await etcd.remove();
    assert.equal(faults, '');
  });
});
