// The decisions of a cluster's life, as tables: which runtime, which nodes.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { ClusterNetwork } from '../state/cluster-state.ts';
import { ClusterError } from '../state/cluster-error.ts';
import { chooseRuntime, type Machine } from './choose-runtime.ts';
import { planNode, planNodes } from './node-plan.ts';

const machine = (changes: Partial<Machine> & { missing?: string[] } = {}): Machine => ({
  platform: 'linux',
  isRoot: true,
  has: (tool) => !(changes.missing ?? []).includes(tool),
  hasCniPlugins: true,
  docker: { socket: '/run/docker.sock', fault: 'no Docker socket at /run/docker.sock' },
  canOpen: (socket) => socket === '/run/engine.sock',
  ...changes,
});
const answering = { socket: '/run/docker.sock' };

describe('the choice of a runtime', () => {
  for (const [what, changes, runtime, why] of [
    ['everything is there', {}, 'runc', /^runtime runc: runc and conmon are here, and this is root$/],
    ['conmon is missing', { missing: ['conmon'] }, 'containerd', /^runtime containerd: .*; no runc: conmon is missing/],
    [
      'Docker alone is there',
      { missing: ['runc', 'conmon', 'containerd'], docker: answering },
      'docker',
      /^runtime docker: dockerd answers on \/run\/docker.sock; no runc: .*; no containerd: /,
    ],
    [
      'there is no engine',
      { missing: ['runc'] },
      'process',
      /no runc: .*no docker: no Docker socket.*without isolation/,
    ],
    [
      'this is not root, and may use Docker',
      { isRoot: false, docker: answering },
      'docker',
      /^runtime docker: .*this is not root: nodes share this machine's address; no runc: it needs root/,
    ],
    [
      'this is not root, and nothing can set rules for Services',
      { isRoot: false, missing: ['nft'], docker: answering },
      'process',
      /no runc: it needs root: run 'sudo mkube up'.*no docker: nft is missing: install nftables/,
    ],
    ['this is no Linux', { platform: 'darwin' as const }, 'process', /it needs Linux/],
  ] as const)
    it(`is ${runtime} for auto where ${what}, and one line says why`, () => {
      const decision = chooseRuntime('auto', machine(changes as Partial<Machine>));
      assert.equal(decision.runtime, runtime);
      const isRoot = !('isRoot' in changes);
      assert.equal(decision.networkMode, runtime === 'process' ? 'host' : isRoot ? 'namespaces' : 'docker');
      assert.equal(decision.notes.length, 1);
      assert.match(decision.notes[0] ?? '', why);
    });

  it('is what was asked for where that works, and one node for a CRI socket', () => {
    const nodes = { networkMode: 'namespaces' as const, notes: [] };
    assert.deepEqual(chooseRuntime('containerd', machine()), { runtime: 'containerd', ...nodes });
    assert.deepEqual(chooseRuntime('docker', machine({ docker: answering })), {
      runtime: 'docker',
      engineSocket: '/run/docker.sock',
      ...nodes,
    });
    const { mostNodes, networkMode } = chooseRuntime('cri:///run/engine.sock', machine());
    assert.deepEqual([mostNodes, networkMode], [1, 'engine']);
  });

  it('is a CRI socket without Services where these cannot be, and a line says so', () => {
    for (const changes of [{ isRoot: false }, { missing: ['nft'] }]) {
      const { networkMode, notes } = chooseRuntime('cri:///run/engine.sock', machine(changes));
      assert.equal(networkMode, 'host');
      assert.match(notes.join(), /without Services and cluster DNS: (it needs root|nft is missing)/);
    }
  });

  for (const [asked, changes, reason] of [
    ['runc', { isRoot: false }, /needs root: run 'sudo mkube up'/],
    ['runc', { missing: ['runc', 'ip'] }, /runc, ip are missing: install runc iproute2/],
    ['runc', { missing: ['nft'] }, /nft is missing: install nftables/],
    ['containerd', { missing: ['containerd', 'ctr'] }, /install containerd, or use/],
    ['containerd', { hasCniPlugins: false }, /install containernetworking-plugins/],
    ['docker', {}, /no Docker socket at/],
    ['cri:///run/nothing.sock', {}, /no socket at \/run\/nothing.sock/],
    ['cri://relative', {}, /names no socket/],
    ['lxc', {}, /use auto, runc, containerd, docker, cri:.* or process/],
    ['', {}, /unknown runtime/],
  ] as const)
    it(`refuses ${JSON.stringify(asked)} that cannot work, and says what to do (${String(reason)})`, () => {
      const act = () => chooseRuntime(asked, machine(changes as Partial<Machine>));
      assert.throws(act, { name: ClusterError.name, message: reason });
    });
});

describe('the nodes of a cluster', () => {
  const separate: ClusterNetwork = {
    mode: 'namespaces',
    nodeCidr: '10.240.3.0/24',
    podCidr: '10.244.0.0/16',
    hostAddress: '10.240.3.1',
    mtu: 1500,
  };
  const shared: ClusterNetwork = { mode: 'host', nodeCidr: '', podCidr: '', hostAddress: '127.0.0.1', mtu: 1500 };

  it('have addresses and pod ranges of their own', () => {
    assert.deepEqual(
      planNodes(separate, 2).map((n) => [n.name, n.address, n.podCidr, n.kubeletPort]),
      [
        ['node-1', '10.240.3.11', '10.244.1.0/24', 10250],
        ['node-2', '10.240.3.12', '10.244.2.0/24', 10250],
      ],
    );
  });

  it('that share a machine have ports of their own', () => {
    assert.deepEqual(
      planNodes(shared, 2).map((n) => [n.address, n.podCidr, n.kubeletPort]),
      [
        ['127.0.0.1', '', 10250],
        ['127.0.0.1', '', 10251],
      ],
    );
  });

  it('never share a pod CIDR, whatever comes and goes, and give back theirs', () => {
    const remove = fc.nat(9).map((at) => ({ at }));
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.constant('add' as const), remove), { maxLength: 60 }), (steps) => {
        let nodes = planNodes(separate, 0);
        for (const step of steps) {
          if (step === 'add') nodes = [...nodes, planNode(separate, nodes)];
          else nodes = nodes.filter((_, i) => i !== step.at % Math.max(1, nodes.length));
          assert.equal(new Set(nodes.map((n) => n.podCidr)).size, nodes.length);
          assert.equal(new Set(nodes.map((n) => n.address)).size, nodes.length);
        }
        const full = planNodes(separate, nodes.length + 1, nodes);
        assert.ok(full.every(({ index }) => index <= Math.max(nodes.length + 1, ...nodes.map((n) => n.index))));
      }),
    );
  });

  it('keep their index; a new one takes the lowest that is free', () => {
    const [, second, third] = planNodes(separate, 3);
    assert.ok(second && third);
    const added = planNode(separate, [second, third], { name: 'extra' });
    assert.deepEqual([added.name, added.index], ['extra', 1]);
    assert.equal(planNode(separate, [second, third]).name, 'node-1');
  });

  it('have one name each, which is a DNS label', () => {
    const nodes = planNodes(separate, 1);
    assert.throws(() => planNode(separate, nodes, { name: 'node-1' }), /already/);
    assert.throws(() => planNode(separate, nodes, { name: '../x' }), /not a name/);
  });
});
