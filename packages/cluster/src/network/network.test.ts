// The plan carried out on this machine, under a random id: needs root on Linux, leaves nothing behind.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import fs from 'node:fs';
import { after, before, describe, it } from 'node:test';
import { chooseRuntime, machineOf } from '../life/choose-runtime.ts';
import { needTool, runTool } from '../processes/exec.ts';
import type { ClusterState } from '../state/cluster-state.ts';
import { planNodes } from '../life/node-plan.ts';
import { applyNetwork, ensureDockerAccepts, removeNodeNetwork } from './apply.ts';
import { hostLinks, namespacesOf, rangesInUse } from './observe.ts';
import { addressIn, chooseSubnets } from './subnets.ts';
import { removeNetwork } from './teardown.ts';

const { runtime } = chooseRuntime('auto', await machineOf(process.env, 'auto'));
const skip = runtime === 'runc' ? false : 'needs root on Linux with ip, nft and runc';

const id = String(randomInt(1_000_000)).padStart(6, '0');
const outside = `outside${id}`;
const SERVER = `require('http').createServer((q,s)=>s.end(q.socket.remoteAddress)).listen(8000,process.argv[1],()=>console.log('up'))`;
const CLIENT = `require('http').get({host:process.argv[1],port:8000,localAddress:process.argv[2]||undefined,timeout:3000},r=>r.on('data',d=>process.stdout.write(String(d)))).on('timeout',function(){this.destroy(Object.assign(new Error(),{code:'TIMEOUT'}))}).on('error',e=>{console.log(e.code);process.exit(1)})`;

let state: ClusterState;
const servers: ReturnType<typeof spawn>[] = [];

async function serve(namespace: string, address: string): Promise<void> {
  const child = spawn('ip', ['netns', 'exec', namespace, process.execPath, '-e', SERVER, address]);
  servers.push(child);
  await once(child.stdout, 'data');
}

const ask = async (namespace: string | undefined, address: string, from = '') => {
  const enter = namespace === undefined ? [] : ['netns', 'exec', namespace];
  const argv = [process.execPath, '-e', CLIENT, address, from];
  const { stdout } = await (namespace === undefined
    ? runTool(argv[0] ?? '', argv.slice(1))
    : runTool('ip', [...enter, ...argv]));
  return stdout.trim();
};
const ns = (n: number) => `mk${id}-n${n}`;
/** An address in a node's pod range, on its loopback: enough to be routed to. */
const pod = (n: number) => addressIn(state.nodes[n - 1]?.podCidr ?? '', 2);

describe('the network of a cluster', { skip }, () => {
  before(async () => {
    // ranges that the kernel does not show yet may be those of a cluster that starts beside us: take far ones
    const far = Array.from({ length: 90 }, (_, i) => ({ base: (10 * 256 + 244 - i) * 65536, bits: 16 }));
    const used = [...(await rangesInUse()), ...far, { base: 0x0af00000, bits: 17 }];
    const subnets = chooseSubnets(used) ?? assert.fail('no free range');
    const network = { mode: 'namespaces' as const, ...subnets, hostAddress: addressIn(subnets.nodeCidr, 1), mtu: 1400 };
    state = {
      version: 1,
      id,
      name: 'sample',
      createdAt: '',
      port: 0,
      serviceCidr: '10.96.0.0/16',
      network,
      nodes: planNodes(network, 2),
      options: { runtime: 'fake' },
    };
    await applyNetwork(state, state.nodes);
    for (const n of [1, 2]) {
      await needTool('ip', ['-n', ns(n), 'addr', 'add', `${pod(n)}/32`, 'dev', 'lo']);
      await serve(ns(n), '0.0.0.0');
    }
    // somebody outside: another host, one hop away, that knows nothing of our ranges
    await needTool('ip', ['-batch', '-'], {
      input: `netns add ${outside}\nlink add name o${id} type veth peer name eth0 netns ${outside}\naddr add 198.18.${Number(id) % 250}.1/30 dev o${id}\nlink set o${id} up\n`,
    });
    await needTool('ip', ['-n', outside, '-batch', '-'], {
      input: `addr add 198.18.${Number(id) % 250}.2/30 dev eth0\nlink set eth0 up\n`,
    });
    await serve(outside, '0.0.0.0');
  });

  after(async () => {
    for (const server of servers) server.kill('SIGKILL');
    await runTool('ip', ['link', 'del', `o${id}`]);
    await runTool('ip', ['netns', 'del', outside]);
    await removeNetwork(id);
    assert.deepEqual(namespacesOf(id), []);
    assert.ok(!hostLinks().has(`mk${id}h`));
    assert.equal((await needTool('nft', ['list', 'tables'])).includes(`mk${id}`), false);
  });

  it('lets the host reach nodes and pods', async () => {
    assert.equal(await ask(undefined, state.nodes[0]?.address ?? ''), state.network.hostAddress);
    assert.equal(await ask(undefined, pod(2)), state.network.hostAddress);
  });

  it('lets pods reach pods of other nodes with their own address', async () => {
    assert.equal(await ask(ns(1), pod(2), pod(1)), pod(1));
    assert.equal(await ask(ns(2), pod(1), pod(2)), pod(2));
  });

  it('lets pods out, behind an address of the host', async () => {
    const net = `198.18.${Number(id) % 250}`;
    assert.equal(await ask(ns(1), `${net}.2`, pod(1)), `${net}.1`);
    assert.equal(await ask(ns(2), `${net}.2`), `${net}.1`);
  });

  it('stays as it is when it is applied again', async () => {
    await applyNetwork(state, state.nodes);
    assert.equal(await ask(ns(1), pod(2), pod(1)), pod(1));
  });

  it('mends what was cut off', async () => {
    await needTool('ip', ['link', 'del', `mk${id}h`]);
    await needTool('ip', ['-n', `mk${id}-sw`, 'link', 'del', 'n2']);
    await applyNetwork(state, state.nodes);
    assert.equal(await ask(ns(1), pod(2), pod(1)), pod(1));
    assert.equal(await ask(undefined, pod(1)), state.network.hostAddress);
  });

  it('loses a node that is powered off and takes it back', async () => {
    const [first, second] = state.nodes;
    assert.ok(first && second);
    servers[1]?.kill('SIGKILL');
    await removeNodeNetwork(state, second);
    assert.equal(fs.existsSync(`/run/netns/${ns(2)}`), false);
    assert.equal(await ask(ns(1), first.address), first.address);
    await applyNetwork(state, state.nodes);
    await needTool('ip', ['-n', ns(2), 'addr', 'add', `${pod(2)}/32`, 'dev', 'lo']);
    await serve(ns(2), '0.0.0.0');
    assert.equal(await ask(ns(1), pod(2), pod(1)), pod(1));
  });

  it('leaves DOCKER-USER alone where there is no dockerd', async () => {
    if (hostLinks().has('docker0')) return;
    assert.equal(await ensureDockerAccepts(id), false);
  });
});
