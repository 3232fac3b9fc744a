/** What scheduler, controllers and kubelet ask of pods, nodes and services. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatQuantity } from '@mkube/apimachinery';
import {
  type Node,
  type Pod,
  type Service,
  type Taint,
  type Toleration,
  hasClusterIP,
  isHeadless,
  isPodActive,
  isPodAvailable,
  isPodReady,
  isPodTerminal,
  isPodTerminating,
  matchesNodeAffinity,
  matchesNodeSelectorTerm,
  nodeAffinityScore,
  nodeRoles,
  podFromTemplate,
  podLimits,
  podRequests,
  qosClassOf,
  resolveFenceposts,
  scaleIntOrPercent,
  targetPortOf,
  toleratesTaint,
  untoleratedTaint,
  withPodCondition,
  withTaint,
  withoutTaint,
} from './index.ts';
import { NOW } from './testing.ts';

/** Tests say only the parts that matter. */
const some = <T>(parts: object): T => parts as T;
const needs = (cpu: string, memory?: string) => ({ requests: { cpu, ...(memory && { memory }) } });
const amounts = (spec: object, of = podRequests) =>
  Object.fromEntries([...of(some(spec))].map(([name, quantity]) => [name, formatQuantity(quantity)]));

test('containers add up, an init container counts only where it asks for more than all of them', () => {
  const containers = [{ resources: needs('100m', '64Mi') }, { resources: needs('200m') }];
  assert.deepEqual(amounts({ containers }), { cpu: '300m', memory: '64Mi' });
  assert.deepEqual(amounts({ containers, initContainers: [{ resources: needs('1', '32Mi') }] }), {
    cpu: '1',
    memory: '64Mi',
  });
});

test('sidecars run beside the containers, and beside the init containers that come after them', () => {
  const sidecar = { restartPolicy: 'Always', resources: needs('100m') };
  const containers = [{ resources: needs('100m') }];
  assert.deepEqual(amounts({ containers, initContainers: [sidecar] }), { cpu: '200m' });
  assert.deepEqual(amounts({ containers, initContainers: [sidecar, { resources: needs('500m') }] }), { cpu: '600m' });
  assert.deepEqual(amounts({ containers, initContainers: [{ resources: needs('500m') }, sidecar] }), { cpu: '500m' });
});

test('overhead is added, and what is set for the pod as a whole overrides the sum', () => {
  const containers = [{ resources: needs('100m', '64Mi') }];
  assert.deepEqual(amounts({ containers, overhead: { cpu: '50m' } }), { cpu: '150m', memory: '64Mi' });
  assert.deepEqual(amounts({ containers, resources: { requests: { cpu: '1' } } }), { cpu: '1', memory: '64Mi' });
  assert.deepEqual(amounts({ containers, overhead: { cpu: '50m' } }, podLimits), {});
});

test('quality of service looks at cpu and memory of every container', () => {
  const both = { cpu: '1', memory: '1Gi' };
  const qos = (...resources: object[]) => qosClassOf(some({ containers: resources.map((r) => ({ resources: r })) }));
  assert.equal(qos({}), 'BestEffort');
  assert.equal(qos({ limits: { 'nvidia.com/gpu': '1' } }), 'BestEffort');
  assert.equal(qos({ limits: both, requests: both }), 'Guaranteed');
  assert.equal(qos({ limits: both, requests: both }, {}), 'Burstable');
  assert.equal(qos({ limits: both, requests: { ...both, cpu: '500m' } }), 'Burstable');
  assert.equal(qos({ limits: { cpu: '1' }, requests: { cpu: '1' } }), 'Burstable');
  assert.equal(qosClassOf(some({ containers: [{}], resources: { limits: both, requests: both } })), 'Guaranteed');
});

test('a pod is ready, active, terminal or terminating', () => {
  const ready = some<Pod>({
    metadata: {},
    status: {
      phase: 'Running',
      conditions: [{ type: 'Ready', status: 'True', lastTransitionTime: '2026-01-02T03:04:00Z' }],
    },
  });
  const done = some<Pod>({ metadata: {}, status: { phase: 'Succeeded' } });
  const going = some<Pod>({ metadata: { deletionTimestamp: 'x' }, status: { phase: 'Running' } });
  assert.deepEqual(
    [isPodReady(ready), isPodActive(ready), isPodTerminal(ready), isPodTerminating(ready)],
    [true, true, false, false],
  );
  assert.deepEqual(
    [isPodReady(done), isPodActive(done), isPodTerminal(done), isPodTerminating(done)],
    [false, false, true, false],
  );
  assert.deepEqual([isPodActive(going), isPodTerminating(going)], [false, true]);
  assert.deepEqual(
    [0, 5, 6].map((seconds) => isPodAvailable(ready, seconds, NOW)),
    [true, true, false],
  );
});

test('a condition keeps its transition time while its status stays', () => {
  const first = withPodCondition(some<Pod['status']>({}), { type: 'Ready', status: 'False' }, NOW);
  assert.deepEqual(first.conditions, [{ type: 'Ready', status: 'False', lastTransitionTime: '2026-01-02T03:04:05Z' }]);
  const later = new Date(NOW.getTime() + 60_000);
  assert.equal(withPodCondition(first, { type: 'Ready', status: 'False' }, later), first);
  assert.equal(
    withPodCondition(first, { type: 'Ready', status: 'False', reason: 'R' }, later).conditions?.[0]?.lastTransitionTime,
    '2026-01-02T03:04:05Z',
  );
  assert.equal(
    withPodCondition(first, { type: 'Ready', status: 'True' }, later).conditions?.[0]?.lastTransitionTime,
    '2026-01-02T03:05:05Z',
  );
});

test('tolerations and the taints that they tolerate', () => {
  const taint: Taint = { key: 'k', value: 'v', effect: 'NoSchedule' };
  const table: [Partial<Toleration>, boolean][] = [
    [{ operator: 'Exists' }, true],
    [{ key: 'k', operator: 'Exists' }, true],
    [{ key: 'k', value: 'v' }, true],
    [{ key: 'k', operator: 'Equal', value: 'v', effect: 'NoSchedule' }, true],
    [{ key: 'k', value: 'w' }, false],
    [{ key: 'j', operator: 'Exists' }, false],
    [{ key: 'k', operator: 'Exists', effect: 'NoExecute' }, false],
  ];
  for (const [toleration, expected] of table)
    assert.equal(toleratesTaint(some(toleration), taint), expected, JSON.stringify(toleration));
  const of = { taints: [taint], tolerations: [], effects: ['NoSchedule'] };
  assert.equal(untoleratedTaint(of), taint);
  assert.equal(untoleratedTaint({ ...of, effects: ['NoExecute'] }), undefined);
});

test('one taint per key and effect', () => {
  const taint: Taint = { key: 'k', effect: 'NoSchedule' };
  const list = withTaint(undefined, taint);
  assert.equal(withTaint(list, { ...taint }), list);
  assert.deepEqual(withTaint(list, { ...taint, value: 'v' }), [{ ...taint, value: 'v' }]);
  assert.equal(withTaint(list, { ...taint, effect: 'NoExecute' }).length, 2);
  assert.deepEqual(withoutTaint(list, taint), []);
});

test('node selectors and affinity', () => {
  const node = some<Node>({
    metadata: { name: 'n', labels: { zone: 'a', cpus: '8', 'node-role.kubernetes.io/worker': '' } },
  });
  const term = (key: string, operator: string, ...values: string[]) =>
    some<never>({ matchExpressions: [{ key, operator, values }] });
  const table: [ReturnType<typeof term>, boolean][] = [
    [term('zone', 'In', 'a', 'b'), true],
    [term('zone', 'NotIn', 'a'), false],
    [term('rack', 'NotIn', 'a'), true],
    [term('rack', 'DoesNotExist'), true],
    [term('cpus', 'Gt', '4'), true],
    [term('cpus', 'Lt', '4'), false],
    [term('zone', 'Gt', '4'), false],
    [some({ matchFields: [{ key: 'metadata.name', operator: 'In', values: ['n'] }] }), true],
    [some({}), false],
  ];
  for (const [given, expected] of table)
    assert.equal(matchesNodeSelectorTerm(given, node), expected, JSON.stringify(given));
  assert.equal(matchesNodeAffinity(some({ nodeSelector: { zone: 'b' } }), node), false);
  const required = { nodeSelectorTerms: [term('zone', 'In', 'b'), term('zone', 'In', 'a')] };
  const preferred = [
    { weight: 3, preference: term('zone', 'Exists') },
    { weight: 5, preference: term('rack', 'Exists') },
  ];
  const spec = some<Pod['spec']>({
    affinity: {
      nodeAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: required,
        preferredDuringSchedulingIgnoredDuringExecution: preferred,
      },
    },
  });
  assert.equal(matchesNodeAffinity(spec, node), true);
  assert.equal(nodeAffinityScore(spec, node), 3);
  assert.deepEqual(nodeRoles(node), ['worker']);
});

test('percentages of pods, rounded as a roll-out needs them', () => {
  assert.equal(scaleIntOrPercent('25%', 10, 'up'), 3);
  assert.equal(scaleIntOrPercent('25%', 10, 'down'), 2);
  assert.equal(scaleIntOrPercent(4, 10, 'up'), 4);
  assert.equal(scaleIntOrPercent('x', 10, 'up'), undefined);
  assert.deepEqual(resolveFenceposts({ maxSurge: '25%', maxUnavailable: '25%', desired: 4 }), {
    maxSurge: 1,
    maxUnavailable: 1,
  });
  assert.deepEqual(resolveFenceposts({ maxSurge: 0, maxUnavailable: '25%', desired: 1 }), {
    maxSurge: 0,
    maxUnavailable: 1,
  });
});

test('a service port leads to a number, or to a named port of the pod', () => {
  const pod = some<Pod>({
    spec: {
      containers: [
        {
          ports: [
            { name: 'web', containerPort: 8080, protocol: 'TCP' },
            { name: 'dns', containerPort: 53, protocol: 'UDP' },
          ],
        },
      ],
      initContainers: [{ restartPolicy: 'Always', ports: [{ name: 'proxy', containerPort: 15000 }] }],
    },
  });
  const port = (targetPort: string | number, protocol = 'TCP') =>
    targetPortOf(pod, some({ port: 80, protocol, targetPort }));
  assert.deepEqual(
    [port(81), port('web'), port('dns', 'UDP'), port('dns'), port('proxy'), port('none')],
    [81, 8080, 53, undefined, 15000, undefined],
  );
  assert.equal(targetPortOf(pod, some({ port: 80 })), 80);
  const service = (spec: object) => some<Service>({ spec });
  assert.equal(isHeadless(service({ clusterIP: 'None' })), true);
  assert.deepEqual(
    [{ clusterIP: '10.0.0.1' }, { clusterIP: 'None' }, { type: 'ExternalName' }, {}].map((s) =>
      hasClusterIP(service(s)),
    ),
    [true, false, false, false],
  );
});

test('a pod out of a template is owned, and named by the server', () => {
  const template = { metadata: { labels: { app: 'a' } }, spec: { containers: [] } };
  const owner = { metadata: { name: 'web', namespace: 'n', uid: 'u' } };
  assert.deepEqual(podFromTemplate(some(template), some(owner), { apiVersion: 'apps/v1', kind: 'ReplicaSet' }), {
    kind: 'Pod',
    apiVersion: 'v1',
    metadata: {
      generateName: 'web-',
      namespace: 'n',
      labels: { app: 'a' },
      ownerReferences: [
        {
          apiVersion: 'apps/v1',
          kind: 'ReplicaSet',
          name: 'web',
          uid: 'u',
          controller: true,
          blockOwnerDeletion: true,
        },
      ],
    },
    spec: { containers: [] },
  });
});
