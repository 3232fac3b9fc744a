// A cluster on a CRI engine that is the user's own, and runs containers of others too: one node, and nothing of others is touched.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import {
  clearContainerd,
  type Containerd,
  createCriRuntime,
  createExec,
  type Runtime,
  type SandboxConfig,
  startContainerd,
} from '@mkube/runtime';
import { eventually, prepareCluster, run, whyNoContainers } from '../lib/index.ts';
import { readMachine } from '../lib/machine.ts';

const NEEDED = ['/usr/bin/containerd', '/usr/lib/cni/ptp'];
const missing = NEEDED.filter((file) => !fs.existsSync(file));
const skip = missing.length > 0 ? `${missing.join(', ')} missing` : whyNoContainers();

describe('a cluster on a CRI socket', { skip }, () => {
  const cluster = prepareCluster('cri');
  const folder = fs.mkdtempSync('/tmp/mkc-'); // short: sockets live below it
  const mark = `mk${randomBytes(3).toString('hex')}`;
  const network = { name: mark, podCidr: `198.18.${randomBytes(1)[0]}.0/24` };
  let engine: Containerd;
  let others: Runtime;
  let foreign = '';
  const start = () => startContainerd({ exec: createExec(), folder, network });
  const restartsOf = async (pod: string) =>
    Number(await cluster.must(['get', 'pod', pod, '-o', 'jsonpath={.status.containerStatuses[0].restartCount}']));
  const sandboxes = async () => (await others.listPodSandboxes()).map(({ id, state }) => ({ id, state }));

  before(async () => {
    engine = await start();
    others = await createCriRuntime({ socketPath: engine.socketPath });
    foreign = await others.runPodSandbox(ofOthers(folder, mark), { signal: new AbortController().signal });
    const up = ['up', '--wait', '--runtime', `cri://${engine.socketPath}`];
    assert.match(await cluster.must(up, { timeoutMs: 120_000 }), /1 of 1 nodes Ready/);
    await cluster.must(['run', 'hello']);
    await cluster.must(['wait', '--for=condition=Ready', 'pod/hello', '--timeout=60s'], { timeoutMs: 90_000 });
  });
  after(async () => {
    await cluster.close();
    for (const { id } of await others.listPodSandboxes()) await others.removePodSandbox(id);
    await others.close();
    await engine.stop();
    const mounts = fs.readFileSync('/proc/self/mountinfo', 'utf8').split('\n');
    const own = mounts.map((line) => line.split(' ')[4] ?? '').filter((point) => point.startsWith(`${folder}/`));
    if (own.length > 0) await run('umount', ['--lazy', ...own.toReversed()], process.env, {});
    clearContainerd({ folder, network: mark });
    const groups = fs.readdirSync('/sys/fs/cgroup').map((hierarchy) => path.join('/sys/fs/cgroup', hierarchy, mark));
    for (const group of groups.filter((name) => fs.existsSync(name))) fs.rmdirSync(group);
    fs.rmSync(folder, { recursive: true, force: true });
  });

  test('runs pods by it, and shows it', async () => {
    assert.match(await cluster.must(['get', 'nodes', '-o', 'wide']), /node-1 +Ready .* containerd:\/\/\d/);
    assert.match(await cluster.must(['logs', 'hello']), /Hello from pod hello/);
    assert.equal(await cluster.must(['exec', 'hello', '--', 'hostname']), 'hello\n');
    assert.match(await cluster.must(['image', 'ls']), /^mkube\.local\/hello:1\.0 /m);
    await cluster.mkube(['exec', 'hello', '--', 'kill', '1']);
    await eventually('it runs again', async () => (await restartsOf('hello')) === 1, 60_000);
  });

  test('has Services and names, from a pod to its neighbour, to itself, to the API, and on a port of the node', async () => {
    const page = (host: string) => cluster.mkube(['exec', 'hello', '--', 'wget', '-qO-', `http://${host}/`]);
    await cluster.must(['run', 'other', '--labels', 'app=other']);
    await cluster.must(['wait', '--for=condition=Ready', 'pod/other', '--timeout=60s'], { timeoutMs: 90_000 });
    for (const pod of ['other', 'hello'])
      await cluster.must(['expose', 'pod', pod, '--port=80', '--target-port=8080', '--type=NodePort']);
    for (const pod of ['other', 'hello'])
      await eventually(`an answer of ${pod}`, async () =>
        (await page(`${pod}.default`)).stdout.includes(`Hello from pod ${pod} `),
      );
    const api = 'nc -w 3 kubernetes.default 443 -e true && echo open';
    assert.equal(await cluster.must(['exec', 'hello', '--', 'sh', '-c', api]), 'open\n');
    const read = (kind: string, path: string) => cluster.must(['get', ...kind.split(' '), '-o', `jsonpath=${path}`]);
    const port = await read('service other', '{.spec.ports[0].nodePort}');
    const node = await read('node node-1', '{.status.addresses[0].address}');
    const answer = await fetch(`http://${node}:${port}/`, { signal: AbortSignal.timeout(10_000) });
    assert.match(await answer.text(), /^Hello from pod other/);
    await cluster.must(['delete', 'pod', 'other', '--grace-period=1']);
  });

  test('is one node', async () => {
    const more = await cluster.mkube(['up', '--nodes', '2']);
    assert.match(more.stderr, /allows 1 node/);
    assert.match((await cluster.mkube(['node', 'add'])).stderr, /is one node/);
  });

  test('goes on when the engine is restarted', async () => {
    await cluster.must(['wait', '--for=condition=Ready', 'pod/hello', '--timeout=60s'], { timeoutMs: 90_000 });
    const restarts = await restartsOf('hello');
    await engine.stop();
    engine = await start();
    await eventually('a command in the pod', async () =>
      /works/.test((await cluster.mkube(['exec', 'hello', '--', 'echo', 'works'])).stdout),
    );
    assert.equal(await restartsOf('hello'), restarts);
    assert.match(await cluster.must(['get', 'nodes']), /node-1 +Ready/);
  });

  test('goes off and on, and away, and what others run there goes on', async () => {
    const restarts = await restartsOf('hello');
    const { id } = JSON.parse(fs.readFileSync(path.join(cluster.home, 'mkube/mkube/cluster.json'), 'utf8')) as {
      id: string;
    };
    await cluster.must(['down']);
    assert.deepEqual(
      (await sandboxes()).filter(({ state }) => state === 'ready'),
      [{ id: foreign, state: 'ready' }],
    );
    await cluster.must(['up', '--wait'], { timeoutMs: 120_000 });
    await eventually('it started anew', async () => (await restartsOf('hello')) > restarts, 90_000);
    for (const part of ['server', 'node-1']) process.kill(cluster.pid(part), 'SIGKILL');
    await cluster.must(['reset', '--yes'], { timeoutMs: 90_000 });
    assert.deepEqual(await sandboxes(), [{ id: foreign, state: 'ready' }]);
    const left = [...(await readMachine())].filter((line) => line.includes(`mk${id}`) || line.includes(cluster.home));
    assert.deepEqual(left, []);
  });
});

function ofOthers(folder: string, mark: string): SandboxConfig {
  return {
    name: 'theirs',
    uid: mark,
    namespace: 'default',
    attempt: 0,
    hostname: 'theirs',
    logDirectory: path.join(folder, 'logs'),
    labels: {},
    annotations: {},
    dns: { servers: [], searches: [], options: [] },
    portMappings: [],
    network: 'pod',
    pid: 'container',
    ipc: 'pod',
    sysctls: {},
    cgroupParent: `/${mark}`,
  };
}
