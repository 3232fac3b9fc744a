// Times the runc driver step by step beside bare `runc run --detach` of the same root file system, in turns; then a burst.
// Usage: node packages/runtime/scripts/bench.mjs [rounds] [burst]. Needs root, runc, conmon, busybox. Prints medians in ms.
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import {
  buildImageArchive,
  clearRuncRoot,
  createBridgeNetwork,
  createExec,
  createRuncRuntime,
  findBusybox,
  openImageStore,
  readBusyboxFiles,
  removeBridgeNetwork,
} from '../dist/index.js';
import { containerConfig, NEVER, sandboxConfig } from '../dist/conformance/harness.js';

const [rounds = 15, burst = 50] = process.argv.slice(2).map(Number);
const run = promisify(execFile);
const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'mkube-bench-'));
const mark = randomBytes(3).toString('hex');
const images = openImageStore(path.join(folder, 'images'));
const files = await readBusyboxFiles(createExec(), findBusybox());
fs.writeFileSync(path.join(folder, 'image.tar'), buildImageArchive({ tags: ['bench:1'], files }));
await images.load(path.join(folder, 'image.tar'));
const networkOptions = {
  bridge: `mk${mark}`,
  podCidr: '198.19.77.0/24',
  namePrefix: `mk${mark}`,
  stateDir: path.join(folder, 'network'),
};
const root = path.join(folder, 'node');
const network = createBridgeNetwork(networkOptions);
const cgroupRoot = `/mkube-bench-${mark}`;
const runtime = await createRuncRuntime({ root, images, network, cgroupRoot });

const samples = new Map();
const note = (name, ms) => samples.set(name, [...(samples.get(name) ?? []), ms]);
async function timed(name, act) {
  const before = performance.now();
  const result = await act();
  note(name, performance.now() - before);
  return result;
}
const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1];
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Bare runc over the unpacked layer, read-only, in a new network namespace. */
async function bareRunc(serial) {
  const bundle = path.join(folder, 'bare');
  fs.mkdirSync(bundle, { recursive: true });
  if (serial === 0) {
    await run('runc', ['spec'], { cwd: bundle });
    const config = JSON.parse(fs.readFileSync(path.join(bundle, 'config.json'), 'utf8'));
    config.process.terminal = false;
    config.process.args = ['sleep', '1000'];
    config.root = { path: images.resolve('bench:1').layerPaths[0], readonly: true };
    fs.writeFileSync(path.join(bundle, 'config.json'), JSON.stringify(config));
  }
  const id = `bare-${mark}-${serial}`;
  const state = path.join(folder, 'bare-state');
  const argv = ['--root', state, 'run', '--detach', '--bundle', bundle, '--pid-file', path.join(bundle, 'pid'), id];
  await timed('bare runc run -d', () => runDetached(argv));
  process.kill(Number(fs.readFileSync(path.join(bundle, 'pid'), 'utf8')), 'SIGKILL');
  await pause(20);
  await run('runc', ['--root', state, 'delete', id]);
}

/** The container inherits stdio: pipes would never close. */
async function runDetached(argv) {
  const { spawn } = await import('node:child_process');
  await new Promise((resolve, reject) => {
    const child = spawn('runc', argv, { stdio: 'ignore' });
    child.on('exit', (code) => (code === 0 ? resolve() : reject(new Error(`runc: ${code}`))));
  });
}

async function startPod() {
  const config = sandboxConfig(folder);
  const sandbox = await timed('runPodSandbox', () => runtime.runPodSandbox(config, { signal: NEVER }));
  const container = containerConfig('bench:1', ['sleep', '1000']);
  const id = await timed('createContainer', () => runtime.createContainer(sandbox, container, config));
  await timed('startContainer', () => runtime.startContainer(id));
  return { sandbox, id };
}

for (let serial = 0; serial < rounds; serial++) {
  await bareRunc(serial);
  await pause(60); // as between a pod and the next
  const { sandbox, id } = await timed('pod, all three', startPod);
  await timed('execSync', () => runtime.execSync(id, ['true'], 10));
  await timed('stop + remove pod', () => runtime.removePodSandbox(sandbox));
  await pause(60);
}
const before = performance.now();
const pods = await Promise.all(Array.from({ length: burst }, startPod));
const up = performance.now() - before;
const stopping = performance.now();
await Promise.all(pods.map(({ sandbox }) => runtime.removePodSandbox(sandbox)));
const down = performance.now() - stopping;

const base = median(samples.get('bare runc run -d'));
for (const [name, all] of samples) {
  const values = all.slice(0, rounds);
  console.log(`${name.padEnd(20)} ${median(values).toFixed(1).padStart(7)} ms  ${(median(values) / base).toFixed(2)}x`);
}
console.log(
  `burst of ${burst}: ${((burst / up) * 1000).toFixed(1)} pods/s up, ${((burst / down) * 1000).toFixed(1)} pods/s down`,
);

await runtime.close();
await clearRuncRoot({ root, images, cgroupRoot, network });
await removeBridgeNetwork(networkOptions);
fs.rmSync(folder, { recursive: true, force: true });
