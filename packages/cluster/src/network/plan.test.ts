import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ClusterNode, ClusterState } from '../state/cluster-state.ts';
import { dockerUserRules, planEngineNetwork, planNetwork, planNodeGone } from './plan.ts';
import { addressIn, chooseSubnets, formatCidr, overlaps, parseCidr, podCidrOf } from './subnets.ts';
import { isNamed } from './teardown.ts';

const node = (index: number): ClusterNode => ({
  name: `node-${index}`,
  index,
  address: `10.240.0.1${index}`,
  podCidr: `10.244.${index}.0/24`,
  kubeletPort: 10250,
  wanted: 'running',
});
const state: ClusterState = {
  version: 1,
  id: '012345',
  name: 'mkube',
  createdAt: '2026-01-01T00:00:00Z',
  port: 6443,
  serviceCidr: '10.96.0.0/16',
  network: {
    mode: 'namespaces',
    nodeCidr: '10.240.0.0/24',
    podCidr: '10.244.0.0/16',
    hostAddress: '10.240.0.1',
    mtu: 1500,
  },
  nodes: [node(1), node(2)],
  options: { runtime: 'runc' },
};
const nothing = { namespaces: new Set<string>(), hasHostLink: false, switchLinks: new Set<string>() };
const all = {
  namespaces: new Set(['mk012345-sw', 'mk012345-n1', 'mk012345-n2']),
  hasHostLink: true,
  switchLinks: new Set(['br0', 'host', 'n1', 'n2']),
};

describe("the plan of a network that is an engine's", () => {
  const { network, ...rest } = state;
  const shared: ClusterState = { ...rest, network: { ...network, mode: 'engine', podCidr: '' } };

  it('gives the host a link with the addresses of API and node', () => {
    const [first] = state.nodes;
    const lines = planEngineNetwork(shared, first ? [first] : [], { hasHostLink: false }).lines;
    assert.deepEqual(lines, [
      'link add name mk012345h type bridge',
      'addr replace 10.240.0.1/32 dev mk012345h',
      'addr replace 10.240.0.11/32 dev mk012345h',
      'link set mk012345h up',
    ]);
  });
});

describe('the plan of a network', () => {
  const plan = planNetwork(state, state.nodes, nothing);

  it('makes the switch, a namespace per node, and the cables', () => {
    assert.deepEqual(plan.create.lines, [
      'netns add mk012345-sw',
      'link add name br0 netns mk012345-sw type bridge',
      'link add name mk012345h address 0a:58:0a:f0:00:01 mtu 1500 type veth peer name host mtu 1500 netns mk012345-sw',
      'netns add mk012345-n1',
      'link add name n1 mtu 1500 netns mk012345-sw type veth peer name eth0 address 0a:58:0a:f0:00:0b mtu 1500 netns mk012345-n1',
      'netns add mk012345-n2',
      'link add name n2 mtu 1500 netns mk012345-sw type veth peer name eth0 address 0a:58:0a:f0:00:0c mtu 1500 netns mk012345-n2',
    ]);
  });

  it('gives everybody addresses and routes that do not translate', () => {
    assert.deepEqual(plan.configure, [
      {
        namespace: 'mk012345-sw',
        lines: [
          'link set br0 up',
          'link set host master br0',
          'link set host up',
          'link set n1 master br0',
          'link set n1 up',
          'link set n2 master br0',
          'link set n2 up',
        ],
      },
      {
        lines: [
          'addr replace 10.240.0.1/24 dev mk012345h',
          'link set mk012345h up',
          'route replace 10.244.1.0/24 via 10.240.0.11 dev mk012345h',
          'route replace 10.244.2.0/24 via 10.240.0.12 dev mk012345h',
        ],
      },
      {
        namespace: 'mk012345-n1',
        lines: [
          'link set lo up',
          'addr replace 10.240.0.11/24 dev eth0',
          'link set eth0 up',
          'route replace default via 10.240.0.1',
          'route replace 10.244.2.0/24 via 10.240.0.12',
        ],
      },
      {
        namespace: 'mk012345-n2',
        lines: [
          'link set lo up',
          'addr replace 10.240.0.12/24 dev eth0',
          'link set eth0 up',
          'route replace default via 10.240.0.1',
          'route replace 10.244.1.0/24 via 10.240.0.11',
        ],
      },
    ]);
  });

  it('masquerades what leaves the cluster, and nothing else', () => {
    assert.equal(
      plan.nft,
      `table ip mk012345
delete table ip mk012345
table ip mk012345 {
  chain postrouting {
    type nat hook postrouting priority srcnat; policy accept;
    ip saddr { 10.240.0.0/24, 10.244.0.0/16 } oifname != { "lo", "mk012345h" } masquerade
  }
}
`,
    );
  });

  it('adds nothing where everything is there', () => {
    assert.deepEqual(planNetwork(state, state.nodes, all).create.lines, []);
  });

  it('adds only what was cut off: a namespace that has no cable gets one', () => {
    const observed = { ...all, switchLinks: new Set(['br0', 'host', 'n1']) };
    assert.deepEqual(planNetwork(state, state.nodes, observed).create.lines, [
      'link add name n2 mtu 1500 netns mk012345-sw type veth peer name eth0 address 0a:58:0a:f0:00:0c mtu 1500 netns mk012345-n2',
    ]);
  });

  it('takes the routes to a node that left', () => {
    assert.deepEqual(planNodeGone(state, node(2), [node(1)]), [
      { lines: ['route del 10.244.2.0/24 via 10.240.0.12 dev mk012345h'] },
      { namespace: 'mk012345-n1', lines: ['route del 10.244.2.0/24 via 10.240.0.12'] },
    ]);
  });

  it('tags its rules in DOCKER-USER with the cluster', () => {
    assert.deepEqual(
      dockerUserRules('012345')[0]?.join(' '),
      'DOCKER-USER -i mk012345h -m comment --comment mk012345 -j ACCEPT',
    );
  });
});

describe('subnets', () => {
  const cidr = (text: string) => parseCidr(text) ?? assert.fail(text);

  it('are read and written', () => {
    assert.equal(formatCidr(cidr('10.1.2.3/16')), '10.1.0.0/16');
    assert.equal(formatCidr(cidr('192.0.2.1')), '192.0.2.1/32');
    for (const text of ['default', '::/0', '1.2.3', '1.2.3.4/33', '256.1.1.1'])
      assert.equal(parseCidr(text), undefined);
    assert.equal(addressIn('10.240.7.0/24', 11), '10.240.7.11');
    assert.equal(podCidrOf('10.244.0.0/16', 3), '10.244.3.0/24');
  });

  it('overlap when one holds the other', () => {
    assert.ok(overlaps(cidr('10.0.0.0/8'), cidr('10.244.0.0/16')));
    assert.ok(!overlaps(cidr('10.243.0.0/16'), cidr('10.244.0.0/16')));
  });

  it('are the first that are free', () => {
    assert.deepEqual(chooseSubnets([]), { nodeCidr: '10.240.0.0/24', podCidr: '10.244.0.0/16' });
    const used = ['10.244.3.0/24', '10.240.0.11', '10.245.0.0/16'].map(cidr);
    assert.deepEqual(chooseSubnets(used), { nodeCidr: '10.240.1.0/24', podCidr: '10.246.0.0/16' });
  });

  it('keep clear of a wide route while they can, and win over it where it covers everything', () => {
    assert.deepEqual(chooseSubnets([cidr('10.0.0.0/8')]), { nodeCidr: '192.168.200.0/24', podCidr: '172.20.0.0/16' });
    const everything = ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16'].map(cidr);
    assert.deepEqual(chooseSubnets(everything)?.podCidr, '10.244.0.0/16');
  });
});

describe('a name', () => {
  it('belongs to a prefix as a whole word', () => {
    assert.ok(isNamed('mk012345-n1', 'mk012345'));
    assert.ok(isNamed('mk012345-n1-pod', 'mk012345-n1'));
    assert.ok(!isNamed('mk012345-n10', 'mk012345-n1'));
    assert.ok(!isNamed('mk0123456', 'mk012345'));
    assert.ok(!isNamed('xmk012345', 'mk012345'));
  });
});
