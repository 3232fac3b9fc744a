// The network of pods on a machine of its own: a namespace that stands for it, with a dockerd that drops what it does not know,
// and somebody outside. Everything in it is as on the real machine, and goes with it.
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { eventually, prepareCluster, repository, run, whyNoContainers } from '../lib/index.ts';

const hasDocker = ['/usr/sbin/dockerd', '/usr/bin/dockerd'].some((file) => fs.existsSync(file));
const skip = whyNoContainers() || (hasDocker ? false : 'no dockerd: node scripts/setup.mjs --tests');
const CLI = path.join(repository, 'packages/cli/dist/bundle/mkube.cjs');

const tag = randomInt(100_000, 1_000_000);
const machine = `machine${tag}`;
const outside = `outside${tag}`;

describe('the network of pods', { skip }, () => {
  const cluster = prepareCluster('network');
  const started: ChildProcess[] = [];
  const on = async (namespace: string, ...argv: string[]) => {
    const result = await run('ip', ['netns', 'exec', namespace, ...argv], cluster.env, {});
    if (result.code !== 0) throw new Error(`${argv.join(' ')}: ${result.stderr}`);
    return result.stdout;
  };
  /** nsenter, as `ip netns exec` would hide the mounts of what is started. */
  const mkube = async (...args: string[]) => {
    const argv = [`--net=/run/netns/${machine}`, process.execPath, CLI, ...args];
    const { code, stdout, stderr } = await run('nsenter', argv, cluster.env, {});
    if (code !== 0) throw new Error(`mkube ${args.join(' ')}: ${stderr}`);
    return stdout;
  };
  const fetchFrom = (pod: string, url: string) => mkube('exec', pod, '--', 'wget', '-q', '-O', '-', url);
  const ipOf = (pod: string) => mkube('get', 'pod', pod, '-o', 'jsonpath={.status.podIP}');

  before(async () => {
    const batch = [
      `netns add ${machine}`,
      `netns add ${outside}`,
      `link add name eth0 netns ${machine} type veth peer name eth0 netns ${outside}`,
    ];
    assert.equal((await run('ip', ['-batch', '-'], cluster.env, { input: batch.join('\n') })).code, 0);
    await on(machine, 'ip', 'link', 'set', 'lo', 'up');
    await on(machine, 'ip', 'addr', 'add', '198.51.100.1/24', 'dev', 'eth0');
    await on(machine, 'ip', 'link', 'set', 'eth0', 'up');
    await on(outside, 'ip', 'addr', 'add', '198.51.100.2/24', 'dev', 'eth0');
    await on(outside, 'ip', 'link', 'set', 'eth0', 'up');
    await on(machine, 'ip', 'route', 'add', 'default', 'via', '198.51.100.2');
    const answer = `require('http').createServer((q,s)=>s.end(q.socket.remoteAddress)).listen(80,'198.51.100.2')`;
    started.push(spawn('ip', ['netns', 'exec', outside, process.execPath, '-e', answer], { stdio: 'ignore' }));

    await mkube('up', '--wait');
    for (const [name, node] of [
      ['one', 'node-1'],
      ['two', 'node-2'],
    ] as const) {
      const spec = JSON.stringify({ spec: { nodeName: node } });
      await mkube('run', name, '--overrides', spec);
    }
    for (const name of ['one', 'two'])
      await eventually(`${name} runs`, async () => (await mkube('get', 'pod', name)).includes('Running'));
  });

  after(async () => {
    await mkube('reset', '--yes');
    for (const child of started) child.kill('SIGTERM');
    const gone = started.map(
      (child) =>
        new Promise((resolve) =>
          child.exitCode === null && child.signalCode === null ? child.once('exit', resolve) : resolve(undefined),
        ),
    );
    await Promise.all(gone);
    await run('ip', ['-force', '-batch', '-'], cluster.env, { input: `netns del ${machine}\nnetns del ${outside}\n` });
    await cluster.close();
  });

  const showConnections = () => {
    it('leads from pod to pod across nodes, with the address of the pod', async () => {
      assert.match(await fetchFrom('one', `http://${await ipOf('two')}:8080/`), /Hello from pod two on node node-2/);
      assert.match(await fetchFrom('two', `http://${await ipOf('one')}:8080/`), /Hello from pod one on node node-1/);
    });
    it('leads from the machine to pods', async () => {
      const page = await on(machine, 'busybox', 'wget', '-q', '-O', '-', `http://${await ipOf('two')}:8080/`);
      assert.match(page, /Hello from pod two/);
    });
    it('leads from pods to the outside, behind the address of the machine', async () => {
      assert.match(await fetchFrom('one', 'http://198.51.100.2/'), /198\.51\.100\.1/);
      assert.match(await fetchFrom('two', 'http://198.51.100.2/'), /198\.51\.100\.1/);
    });
  };

  describe('without dockerd', showConnections);

  describe('with a dockerd that was started later', () => {
    before(async () => {
      const at = (name: string) => path.join(cluster.home, `docker-${name}`);
      const flags = [
        '--data-root',
        at('data'),
        '--exec-root',
        at('exec'),
        '--pidfile',
        at('pid'),
        '-H',
        `unix://${at('socket')}`,
      ];
      const log = fs.openSync(at('log'), 'w');
      const argv = [`--net=/run/netns/${machine}`, 'dockerd', ...flags, '--storage-driver', 'vfs', '--ip6tables=false'];
      started.push(
        spawn('nsenter', argv, {
          stdio: ['ignore', log, log],
          env: { ...cluster.env, PATH: `${cluster.env['PATH']}:/usr/sbin:/sbin` },
        }),
      );
      fs.closeSync(log);
      const chains = () => on(machine, 'iptables', '-S');
      await eventually('dockerd has made its chains', async () => (await chains()).includes('-N DOCKER-USER')).catch(
        (error: unknown) => assert.fail(`${String(error)}\n${fs.readFileSync(at('log'), 'utf8').slice(-2000)}`),
      );
      // it drops what it does not know where forwarding was off before it came; here it was on for the cluster
      await on(machine, 'iptables', '-P', 'FORWARD', 'DROP');
      await eventually(
        'the server has noticed',
        async () => (await on(machine, 'iptables', '-S', 'DOCKER-USER')).includes('ACCEPT'),
        30_000,
      );
    });
    showConnections();
    it('leaves no rule in its chain', async () => {
      await mkube('down');
      assert.doesNotMatch(await on(machine, 'iptables', '-S', 'DOCKER-USER'), /mk\d{6}/);
      await mkube('up', '--wait');
      assert.match(await on(machine, 'iptables', '-S', 'DOCKER-USER'), /-i mk\d{6}h .*ACCEPT/);
    });
  });
});
