// What is in a container and what holds it: namespaces, root file system, terminal, memory limit, restarts.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { eventually, prepareCluster, run, whyNoKubectl } from '../lib/index.ts';

const IMAGE = 'mkube.local/hello:1.0';

describe('a container', { skip: whyNoKubectl() }, () => {
  const cluster = prepareCluster('containers');
  const inHello = (...command: string[]) => cluster.must(['exec', 'hello', '--', ...command]);
  const create = (name: string, spec: object) =>
    cluster.mustKubectl(['apply', '-f', '-'], {
      input: JSON.stringify({ apiVersion: 'v1', kind: 'Pod', metadata: { name }, spec }),
    });

  before(async () => {
    await cluster.must(['up', '--wait', '--nodes', '1']);
    await cluster.must(['run', 'hello']);
    await cluster.mustKubectl(['wait', '--for=condition=Ready', 'pod/hello', '--timeout=30s']);
  });
  after(() => cluster.close());

  it('has its own host name, and its program is pid 1', async () => {
    assert.equal(await inHello('hostname'), 'hello\n');
    assert.equal(await inHello('cat', '/proc/1/comm'), 'hello\n');
    assert.match(await inHello('ps', '-o', 'pid,comm'), /^ +1 hello$/m);
  });

  it('has its own network, with the address of the pod', async () => {
    const address = await cluster.value(['pod', 'hello'], '{.status.podIP}');
    assert.ok((await inHello('ip', '-4', 'addr', 'show', 'eth0')).includes(`inet ${address}/`));
    const links = (await inHello('ls', '/sys/class/net')).split('\n').filter((l) => l !== '');
    assert.deepEqual(links.toSorted(), ['eth0', 'lo']);
  });

  it('has its own root file system: what it writes is not on this machine', async () => {
    assert.equal(await inHello('sh', '-c', 'echo here >/written; cat /written'), 'here\n');
    const host = await run('ls', ['/hello', '/written'], process.env, {});
    assert.notEqual(host.code, 0);
    assert.match(await inHello('cat', '/proc/mounts'), /^overlay \/ overlay /m);
  });

  it('serves a page that names pod and node', async () => {
    const address = await cluster.value(['pod', 'hello'], '{.status.podIP}');
    const page = await (await fetch(`http://${address}:8080/`)).text();
    assert.equal(page.trim(), 'Hello from pod hello on node node-1');
  });

  it('gives a terminal to exec -it', async () => {
    // `script` puts the client on a terminal of its own
    const { stdout } = await run(
      'script',
      ['-qec', `${process.execPath} packages/cli/dist/bundle/mkube.cjs exec -it hello -- sh`, '/dev/null'],
      cluster.env,
      { input: 'tty; echo sum=$((6*7))\nexit 3\n' },
    );
    assert.match(stdout, /\/dev\/pts\/\d+/);
    assert.match(stdout, /sum=42/);
  });

  it('that takes more memory than its limit is OOMKilled, and says so', async () => {
    const eat = 'head -c 200m /dev/zero | tail';
    await create('hungry', {
      restartPolicy: 'Never',
      containers: [
        { name: 'app', image: IMAGE, command: ['sh', '-c', eat], resources: { limits: { memory: '20Mi' } } },
      ],
    });
    const path = '{.status.containerStatuses[0].state.terminated.reason}';
    const reason = await eventually('the end', async () => (await cluster.value(['pod', 'hungry'], path)) || undefined);
    assert.equal(reason, 'OOMKilled');
    assert.equal(await cluster.value(['pod', 'hungry'], '{.status.phase}'), 'Failed');
  });

  it('that ends badly is started again, later each time', async () => {
    await create('crashing', { containers: [{ name: 'app', image: IMAGE, command: ['sh', '-c', 'exit 4'] }] });
    const path = '{.status.containerStatuses[0].state.waiting.reason}';
    await eventually('back-off', async () => (await cluster.value(['pod', 'crashing'], path)) === 'CrashLoopBackOff');
    const last = await cluster.value(
      ['pod', 'crashing'],
      '{.status.containerStatuses[0].lastState.terminated.exitCode}',
    );
    assert.equal(last, '4');
  });

  it('that is deleted gets SIGTERM and time to end', async () => {
    await create('graceful', {
      terminationGracePeriodSeconds: 20,
      containers: [
        {
          name: 'app',
          image: IMAGE,
          command: ['sh', '-c', 'trap "echo bye; exit 0" TERM; echo up; while :; do sleep 0.1; done'],
        },
      ],
    });
    await cluster.mustKubectl(['wait', '--for=condition=Ready', 'pod/graceful', '--timeout=30s']);
    const logs = cluster.follow(['logs', '-f', 'graceful']);
    try {
      await eventually('who reads its log has begun', async () => logs.text.includes('up'), 20_000);
      await cluster.mustKubectl(['delete', 'pod', 'graceful', '--timeout=10s']);
      await eventually('its last words', async () => logs.text.includes('bye'), 5000);
    } finally {
      logs.stop();
    }
  });

  it('of an image that is not there says so, and runs when it comes', async () => {
    await create('missing', { containers: [{ name: 'app', image: 'mkube.local/nothing:1' }] });
    const path = '{.status.containerStatuses[0].state.waiting.reason}';
    await eventually('the reason', async () =>
      /^(ErrImagePull|ImagePullBackOff)$/.test(await cluster.value(['pod', 'missing'], path)),
    );
    assert.match(await cluster.mustKubectl(['describe', 'pod', 'missing']), /mkube\.local\/nothing:1/);
  });
});
