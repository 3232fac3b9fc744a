// The decisions of a cluster's life, as tables: which runtime, which nodes.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ClusterNetwork } from '../state/cluster-state.ts';
import { ClusterError } from '../state/cluster-error.ts';
import { chooseRuntime, type Machine } from './choose-runtime.ts';
import { planNode, planNodes } from './node-plan.ts';

const machine = (changes: Partial<Machine> & { missing?: string[] } = {}): Machine => ({
  platform: 'linux',
  isRoot: true,
  has: (tool) => !(changes.missing ?? []).includes(tool),
  ...changes,
});

describe('the choice of a runtime', () => {
  it('is runc where root, Linux and its tools are there', () => {
    for (const asked of ['auto', 'runc'])
      assert.deepEqual(chooseRuntime(asked, machine()), { runtime: 'runc', networkMode: 'namespaces', notes: [] });
  });

  for (const [what, changes, reason] of [
    ['no root', { isRoot: false }, /needs root: run 'sudo mkube up'/],
    ['no Linux', { platform: 'darwin' as const }, /needs Linux/],
    ['no tools', { missing: ['runc', 'ip'] }, /runc, ip are missing: install runc iproute2/],
    ['one tool missing', { missing: ['nft'] }, /nft is missing: install nftables/],
  ] as const)
    it(`with ${what} is the process driver for auto, with a note that says why, and an error for runc`, () => {
      const decision = chooseRuntime('auto', machine(changes as Partial<Machine>));
      assert.equal(decision.runtime, 'process');
      assert.match(decision.notes.join('\n'), reason);
      assert.match(decision.notes.join('\n'), /without isolation/);
      assert.throws(() => chooseRuntime('runc', machine(changes as Partial<Machine>)), reason);
    });

  for (const asked of ['containerd', 'docker', 'cri:///run/x.sock', 'lxc', ''])
    it(`refuses ${JSON.stringify(asked)}, and names what there is`, () => {
      assert.throws(() => chooseRuntime(asked, machine()), { name: ClusterError.name, message: /process/ });
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
