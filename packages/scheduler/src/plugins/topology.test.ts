import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { infoOf, nodeOf, snapshotOf } from '../testing.ts';
import { interPodAffinity } from './inter-pod-affinity.ts';
import { podTopologySpread } from './pod-topology-spread.ts';
import { scores, verdicts } from './testing.ts';

const ZONE = 'topology.kubernetes.io/zone';
const nodes = [
  nodeOf('a1', { labels: { [ZONE]: 'a' } }),
  nodeOf('a2', { labels: { [ZONE]: 'a' } }),
  nodeOf('b1', { labels: { [ZONE]: 'b' } }),
  nodeOf('none'),
];
const labelled = (name: string, app: string, spec: object = {}, namespace = 'default') =>
  infoOf(name, { metadata: { labels: { app }, namespace }, spec });
const term = (app: string, more: object = {}) => ({
  labelSelector: { matchLabels: { app } },
  topologyKey: ZONE,
  ...more,
});
const required = (kind: 'podAffinity' | 'podAntiAffinity', ...terms: object[]) => ({
  affinity: { [kind]: { requiredDuringSchedulingIgnoredDuringExecution: terms } },
});

describe('affinity between pods', () => {
  const no = "!node(s) didn't match pod affinity rules";
  const anti = "node(s) didn't match pod anti-affinity rules";
  const theirs = "node(s) didn't satisfy existing pods anti-affinity rules";
  const web = labelled('web', 'web');
  for (const [says, pod, placed, expected] of [
    [
      'goes where such a pod is',
      labelled('p', 'x', required('podAffinity', term('web'))),
      web,
      { a1: '', a2: '', b1: no, none: no },
    ],
    [
      'goes nowhere when there is no such pod',
      labelled('p', 'x', required('podAffinity', term('db'))),
      web,
      { a1: no, a2: no, b1: no, none: no },
    ],
    [
      'lets the first of a group start anywhere',
      labelled('p', 'db', required('podAffinity', term('db'))),
      web,
      { a1: '', a2: '', b1: '', none: no },
    ],
    [
      'needs one pod that all terms match',
      labelled(
        'p',
        'x',
        required('podAffinity', term('web'), { ...term('web'), labelSelector: { matchLabels: { tier: '1' } } }),
      ),
      web,
      { a1: no, a2: no, b1: no, none: no },
    ],
    [
      'looks at its own namespace',
      labelled('p', 'x', required('podAffinity', term('web')), 'other'),
      web,
      { a1: no, a2: no, b1: no, none: no },
    ],
    [
      'looks at namespaces that it names',
      labelled('p', 'x', required('podAffinity', term('web', { namespaces: ['default'] })), 'other'),
      web,
      { a1: '', a2: '', b1: no, none: no },
    ],
    [
      'looks at namespaces by their labels',
      labelled(
        'p',
        'x',
        required('podAffinity', term('web', { namespaceSelector: { matchLabels: { team: 'red' } } })),
        'other',
      ),
      web,
      { a1: '', a2: '', b1: no, none: no },
    ],
    [
      'keeps away from such a pod',
      labelled('p', 'x', required('podAntiAffinity', term('web'))),
      web,
      { a1: anti, a2: anti, b1: '', none: '' },
    ],
    [
      'is kept away by pods that say so',
      labelled('p', 'x'),
      labelled('shy', 'y', required('podAntiAffinity', term('x'))),
      { a1: theirs, a2: theirs, b1: '', none: '' },
    ],
    [
      'leaves others alone',
      labelled('p', 'z'),
      labelled('shy', 'y', required('podAntiAffinity', term('x'))),
      { a1: '', a2: '', b1: '', none: '' },
    ],
  ] as const)
    it(says, () => {
      const lookups = { namespaceLabels: (name: string) => ({ team: name === 'default' ? 'red' : 'blue' }) };
      const snapshot = snapshotOf(nodes, { a1: [placed] }, lookups);
      assert.deepEqual(verdicts(interPodAffinity, pod, snapshot), expected);
    });

  it('follows pods that come, go, and nodes that change zone', () => {
    const snapshot = snapshotOf(nodes);
    const pod = labelled('p', 'x', required('podAntiAffinity', term('web')));
    const open = () =>
      Object.entries(verdicts(interPodAffinity, pod, snapshot)).flatMap(([n, why]) => (why ? [] : [n]));
    assert.deepEqual(open(), ['a1', 'a2', 'b1', 'none']);
    snapshot.placePod(labelled('web', 'web'), 'b1');
    assert.deepEqual(open(), ['a1', 'a2', 'none']);
    snapshot.setNode(nodeOf('b1', { labels: { [ZONE]: 'a' } }));
    assert.deepEqual(open(), ['none']);
    snapshot.removePod('default/web');
    assert.deepEqual(open(), ['a1', 'a2', 'b1', 'none']);
  });

  it('prefers by weight, its own and theirs', () => {
    const preferred = (weight: number, podAffinityTerm: object) => [{ weight, podAffinityTerm }];
    const wants = {
      affinity: { podAffinity: { preferredDuringSchedulingIgnoredDuringExecution: preferred(10, term('web')) } },
    };
    const shuns = {
      affinity: { podAntiAffinity: { preferredDuringSchedulingIgnoredDuringExecution: preferred(10, term('x')) } },
    };
    const snapshot = snapshotOf(nodes, { a1: [labelled('web', 'web')], b1: [labelled('shy', 'y', shuns)] });
    assert.deepEqual(scores(interPodAffinity, labelled('p', 'x', wants), snapshot), {
      a1: 100,
      a2: 100,
      b1: 0,
      none: 50,
    });
    assert.equal(scores(interPodAffinity, labelled('q', 'z'), snapshot), undefined);
  });
});

describe('topology spread', () => {
  const uneven = "node(s) didn't match pod topology spread constraints";
  const noLabel = "!node(s) didn't match pod topology spread constraints (missing required label)";
  const constraint = (more: object = {}) => ({
    topologySpreadConstraints: [
      {
        maxSkew: 1,
        topologyKey: ZONE,
        whenUnsatisfiable: 'DoNotSchedule' as const,
        labelSelector: { matchLabels: { app: 'web' } },
        ...more,
      },
    ],
  });
  const web = [1, 2, 3].map((i) => labelled(`web-${i}`, 'web'));
  for (const [says, spec, placed, expected] of [
    ['keeps domains even', constraint(), { a1: web.slice(0, 1) }, { a1: uneven, a2: uneven, b1: '', none: noLabel }],
    ['allows the skew', constraint({ maxSkew: 2 }), { a1: web.slice(0, 1) }, { a1: '', a2: '', b1: '', none: noLabel }],
    [
      'compares with the emptiest domain',
      constraint(),
      { a1: web.slice(0, 2), b1: web.slice(2) },
      { a1: uneven, a2: uneven, b1: '', none: noLabel },
    ],
    [
      'counts a domain that is missing as empty',
      constraint({ minDomains: 3 }),
      { a1: web.slice(0, 1), b1: web.slice(1, 2) },
      { a1: uneven, a2: uneven, b1: uneven, none: noLabel },
    ],
    [
      'looks only at nodes that the pod may go to',
      { ...constraint(), nodeSelector: { [ZONE]: 'a' } },
      { a1: web.slice(0, 1) },
      { a1: '', a2: '', b1: '', none: noLabel },
    ],
    [
      'does not count itself when its selector is about others',
      constraint({ labelSelector: { matchLabels: { app: 'db' } } }),
      { a1: web.slice(0, 1) },
      { a1: '', a2: '', b1: '', none: noLabel },
    ],
  ] as const)
    it(says, () => {
      const snapshot = snapshotOf(nodes, placed);
      assert.deepEqual(verdicts(podTopologySpread, labelled('p', 'web', spec), snapshot), expected);
    });

  it('goes by labels of the pod where it says so', () => {
    const revision = (name: string, hash: string) =>
      infoOf(name, { metadata: { labels: { app: 'web', hash } }, spec: constraint({ matchLabelKeys: ['hash'] }) });
    const snapshot = snapshotOf(nodes.slice(0, 3), { a1: [revision('old', '1')] });
    assert.deepEqual(verdicts(podTopologySpread, revision('p', '2'), snapshot), { a1: '', a2: '', b1: '' });
    assert.deepEqual(verdicts(podTopologySpread, revision('p', '1'), snapshot), { a1: uneven, a2: uneven, b1: '' });
  });

  it('counts no node that keeps the pod off by a taint, where that is asked for', () => {
    const taints = [{ key: 'k', effect: 'NoSchedule' as const }];
    const some = [nodes[0], nodeOf('b1', { labels: { [ZONE]: 'b' }, spec: { taints } })].flatMap((n) => n ?? []);
    const snapshot = snapshotOf(some, { a1: web.slice(0, 1) });
    const pod = labelled('p', 'web', constraint({ nodeTaintsPolicy: 'Honor' }));
    assert.equal(verdicts(podTopologySpread, pod, snapshot)['a1'], '');
  });

  it('prefers emptier domains', () => {
    const spec = constraint({ whenUnsatisfiable: 'ScheduleAnyway' });
    const snapshot = snapshotOf(nodes.slice(0, 3), { a1: web });
    const given = scores(podTopologySpread, labelled('p', 'web', spec), snapshot);
    assert.ok(given && given['b1'] === 100 && given['a1'] === given['a2'] && (given['a1'] ?? 100) < 100);
  });

  it('spreads pods of one owner without being asked', () => {
    const ownerReferences = [
      { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'rs', uid: 'rs-uid', controller: true },
    ];
    const owned = (name: string) => infoOf(name, { metadata: { ownerReferences } });
    const snapshot = snapshotOf(nodes.slice(0, 3), { a1: [owned('1')] });
    const given = scores(podTopologySpread, owned('2'), snapshot) ?? {};
    assert.ok((given['b1'] ?? 0) > (given['a2'] ?? 0) && (given['a2'] ?? 0) > (given['a1'] ?? 0));
    assert.equal(scores(podTopologySpread, infoOf('alone'), snapshot), undefined);
  });

  it('spreads pods of one service without being asked', () => {
    const serviceList = [{ spec: { selector: { app: 'web' } } }];
    const snapshot = snapshotOf(nodes.slice(0, 3), { a1: web.slice(0, 1) }, { serviceList });
    const given = scores(podTopologySpread, labelled('p', 'web'), snapshot) ?? {};
    assert.ok((given['b1'] ?? 0) > (given['a1'] ?? 0));
  });
});
