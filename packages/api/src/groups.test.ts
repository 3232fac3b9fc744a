/** What kinds of the other groups are refused for, in Kubernetes' words. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ResourceDefinition } from '@mkube/apimachinery';
import { definitionOfKind } from './index.ts';
import { faultsOf, prepared, updateFaultsOf } from './testing.ts';

function kind(apiVersion: string, name: string): ResourceDefinition {
  const definition = definitionOfKind(apiVersion, name);
  assert.ok(definition);
  return definition;
}

const deployments = kind('apps/v1', 'Deployment');
const statefulSets = kind('apps/v1', 'StatefulSet');
const daemonSets = kind('apps/v1', 'DaemonSet');
const jobs = kind('batch/v1', 'Job');
const cronJobs = kind('batch/v1', 'CronJob');
const hpas = kind('autoscaling/v2', 'HorizontalPodAutoscaler');
const ingresses = kind('networking.k8s.io/v1', 'Ingress');
const policies = kind('networking.k8s.io/v1', 'NetworkPolicy');
const budgets = kind('policy/v1', 'PodDisruptionBudget');
const roles = kind('rbac.authorization.k8s.io/v1', 'Role');
const roleBindings = kind('rbac.authorization.k8s.io/v1', 'RoleBinding');
const slices = kind('discovery.k8s.io/v1', 'EndpointSlice');
const leases = kind('coordination.k8s.io/v1', 'Lease');
const priorityClasses = kind('scheduling.k8s.io/v1', 'PriorityClass');
const events = kind('v1', 'Event');
const crds = kind('apiextensions.k8s.io/v1', 'CustomResourceDefinition');
const webhooks = kind('admissionregistration.k8s.io/v1', 'ValidatingWebhookConfiguration');
const storageClasses = kind('storage.k8s.io/v1', 'StorageClass');
const reviews = kind('authorization.k8s.io/v1', 'SubjectAccessReview');

const podSpec = { containers: [{ name: 'c', image: 'i' }] };
const template = (more: object = {}) => ({ metadata: { labels: { app: 'a' } }, spec: { ...podSpec, ...more } });
const workload = (more: object = {}) => ({
  spec: { selector: { matchLabels: { app: 'a' } }, template: template(), ...more },
});
const job = (more: object = {}) => ({ spec: { template: { spec: { ...podSpec, restartPolicy: 'Never' } }, ...more } });
const cron = (more: object = {}) => ({ spec: { schedule: '*/5 * * * *', jobTemplate: job(), ...more } });
const ingress = (path: object) => ({
  spec: {
    rules: [{ host: 'a.b', http: { paths: [{ backend: { service: { name: 's', port: { number: 80 } } }, ...path }] } }],
  },
});
const crd = (more: object = {}) => ({
  metadata: { name: 'widgets.example.com' },
  spec: {
    group: 'example.com',
    scope: 'Namespaced',
    names: { plural: 'widgets', kind: 'Widget' },
    versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: { type: 'object' } } }],
    ...more,
  },
});
const hook = (more: object = {}) => ({
  webhooks: [
    {
      name: 'a.b.c',
      clientConfig: { url: 'https://x/y' },
      sideEffects: 'None',
      admissionReviewVersions: ['v1'],
      ...more,
    },
  ],
});

const cases: [title: string, definition: ResourceDefinition, input: object, faults: string[]][] = [
  ['a deployment', deployments, workload(), []],
  [
    'a deployment of less than none',
    deployments,
    workload({ replicas: -1 }),
    ['spec.replicas: Invalid value: -1: must be greater than or equal to 0'],
  ],
  [
    'a deployment without selector',
    deployments,
    { spec: { template: template() } },
    [
      'spec.selector: Required value',
      'spec.template.metadata.labels: Invalid value: {"app":"a"}: `selector` does not match template `labels`',
    ],
  ],
  [
    'a selector that does not match its template',
    deployments,
    workload({ selector: { matchLabels: { app: 'b' } } }),
    ['spec.template.metadata.labels: Invalid value: {"app":"a"}: `selector` does not match template `labels`'],
  ],
  [
    'a deployment that runs once',
    deployments,
    workload({ template: template({ restartPolicy: 'Never' }) }),
    ['spec.template.spec.restartPolicy: Unsupported value: "Never": supported values: "Always"'],
  ],
  [
    'a roll-out that cannot move',
    deployments,
    workload({ strategy: { rollingUpdate: { maxSurge: 0, maxUnavailable: 0 } } }),
    ['spec.strategy.rollingUpdate.maxUnavailable: Invalid value: 0: may not be 0 when `maxSurge` is 0'],
  ],
  [
    'Recreate with rollingUpdate',
    deployments,
    workload({ strategy: { type: 'Recreate', rollingUpdate: { maxSurge: 1 } } }),
    ["spec.strategy.rollingUpdate: Forbidden: may not be specified when strategy `type` is 'Recreate'"],
  ],
  [
    'a percentage that is none',
    deployments,
    workload({ strategy: { rollingUpdate: { maxSurge: '1x' } } }),
    [
      "spec.strategy.rollingUpdate.maxSurge: Invalid value: \"1x\": a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')",
    ],
  ],
  ['a daemon set', daemonSets, workload(), []],
  ['a stateful set', statefulSets, workload({ serviceName: 's' }), []],
  ['a job', jobs, job(), []],
  [
    'a job that always restarts',
    jobs,
    { spec: { template: { spec: podSpec } } },
    ['spec.template.spec.restartPolicy: Required value: valid values: "OnFailure", "Never"'],
  ],
  [
    'an indexed job without completions',
    jobs,
    job({ completionMode: 'Indexed', parallelism: 2 }),
    ['spec.completions: Required value: when completion mode is Indexed'],
  ],
  ['a cron job', cronJobs, cron(), []],
  [
    'a schedule of four fields',
    cronJobs,
    cron({ schedule: '* * * *' }),
    ['spec.schedule: Invalid value: "* * * *": expected exactly 5 fields, found 4: [* * * *]'],
  ],
  [
    'a minute beyond the hour',
    cronJobs,
    cron({ schedule: '60 * * * *' }),
    ['spec.schedule: Invalid value: "60 * * * *": end of range (60) above maximum (59): 60'],
  ],
  [
    'a time zone nobody lives in',
    cronJobs,
    cron({ timeZone: 'Mars/Olympus' }),
    ['spec.timeZone: Invalid value: "Mars/Olympus": unknown time zone Mars/Olympus'],
  ],
  [
    'an autoscaler with a maximum below its minimum',
    hpas,
    {
      spec: {
        scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'd' },
        minReplicas: 3,
        maxReplicas: 2,
      },
    },
    ['spec.maxReplicas: Invalid value: 2: must be greater than or equal to `minReplicas`'],
  ],
  ['an ingress', ingresses, ingress({ path: '/', pathType: 'Prefix' }), []],
  [
    'an ingress path without type',
    ingresses,
    ingress({ path: '/' }),
    ['spec.rules[0].http.paths[0].pathType: Required value: pathType must be specified'],
  ],
  [
    'a relative ingress path',
    ingresses,
    ingress({ path: 'x', pathType: 'Exact' }),
    ['spec.rules[0].http.paths[0].path: Invalid value: "x": must be an absolute path'],
  ],
  [
    'an ingress of nothing',
    ingresses,
    { spec: {} },
    ['spec: Invalid value: null: either `defaultBackend` or `rules` must be specified'],
  ],
  [
    'an exception outside of its block',
    policies,
    {
      spec: {
        podSelector: {},
        ingress: [
          { from: [{ ipBlock: { cidr: '10.0.0.0/16', except: ['10.0.1.0/24', '10.1.0.0/24', '10.0.0.0/16'] } }] },
        ],
      },
    },
    [
      'spec.ingress[0].from[0].ipBlock.except[1]: Invalid value: "10.1.0.0/24": must be a strict subset of `cidr`',
      'spec.ingress[0].from[0].ipBlock.except[2]: Invalid value: "10.0.0.0/16": must be a strict subset of `cidr`',
    ],
  ],
  [
    'a network policy peer of nothing',
    policies,
    { spec: { podSelector: {}, ingress: [{ from: [{}] }] } },
    ['spec.ingress[0].from[0]: Required value: must specify a peer'],
  ],
  [
    'a budget of both',
    budgets,
    { spec: { minAvailable: 1, maxUnavailable: 1 } },
    ['spec: Invalid value: {"minAvailable":1,"maxUnavailable":1}: minAvailable and maxUnavailable cannot be both set'],
  ],
  [
    'a rule without verbs',
    roles,
    { rules: [{ apiGroups: [''], resources: ['pods'] }] },
    ['rules[0].verbs: Required value: verbs must contain at least one value'],
  ],
  [
    'a binding to nobody known',
    roleBindings,
    { roleRef: { kind: 'Role', name: 'r' }, subjects: [{ kind: 'Dog', name: 'd' }] },
    ['subjects[0].kind: Unsupported value: "Dog": supported values: "ServiceAccount", "User", "Group"'],
  ],
  [
    'a slice with a wrong address',
    slices,
    { addressType: 'IPv4', endpoints: [{ addresses: ['::1'] }] },
    [
      'endpoints[0].addresses: Invalid value: "::1": must be an IPv4 address',
      'endpoints[0].addresses[0]: Invalid value: "::1": may not be in the loopback range (127.0.0.0/8, ::1/128)',
    ],
  ],
  [
    'a lease of no length',
    leases,
    { spec: { leaseDurationSeconds: 0 } },
    ['spec.leaseDurationSeconds: Invalid value: 0: must be greater than 0'],
  ],
  [
    'a priority above the system',
    priorityClasses,
    { value: 2000000000 },
    ['value: Forbidden: maximum allowed value of a user defined priority is 1000000000'],
  ],
  [
    'an event elsewhere',
    events,
    { involvedObject: { namespace: 'other' } },
    ['involvedObject.namespace: Invalid value: "other": does not match event.namespace'],
  ],
  ['a CRD', crds, crd(), []],
  [
    'a CRD under a wrong name',
    crds,
    { ...crd(), metadata: { name: 'x' } },
    ['metadata.name: Invalid value: "x": must be spec.names.plural+"."+spec.group'],
  ],
  [
    'a CRD without storage version',
    crds,
    crd({ versions: [{ name: 'v1', served: true, storage: false, schema: { openAPIV3Schema: { type: 'object' } } }] }),
    [
      'spec.versions: Invalid value: [{"name":"v1","served":true,"storage":false,"schema":{"openAPIV3Schema":{"type":"object"}}}]: must have exactly one version marked as storage version',
      'status.storedVersions: Invalid value: null: must have at least one stored version',
    ],
  ],
  ['a webhook', webhooks, hook(), []],
  [
    'a webhook over http',
    webhooks,
    hook({ clientConfig: { url: 'http://x/' } }),
    [
      'webhooks[0].clientConfig.url: Invalid value: "http": \'https\' is the only allowed URL scheme; desired format: https://host[/path]',
    ],
  ],
  [
    'a webhook with side effects',
    webhooks,
    hook({ sideEffects: 'Some' }),
    ['webhooks[0].sideEffects: Unsupported value: "Some": supported values: "None", "NoneOnDryRun"'],
  ],
  ['a storage class', storageClasses, { provisioner: 'a.b/c' }, []],
  [
    'a review of nothing',
    reviews,
    { spec: { user: 'u' } },
    [
      'spec.resourceAttributes: Invalid value: null: exactly one of nonResourceAttributes or resourceAttributes must be specified',
    ],
  ],
];

for (const [title, definition, input, faults] of cases)
  test(`${title}: ${faults.length === 0 ? 'valid' : 'refused'}`, () =>
    assert.deepEqual(faultsOf(definition, input), faults));

test('the selector of a workload is immutable', () => {
  const other = workload({
    selector: { matchLabels: { app: 'b' } },
    template: { metadata: { labels: { app: 'b' } }, spec: podSpec },
  });
  for (const definition of [deployments, daemonSets])
    assert.deepEqual(updateFaultsOf(definition, [workload(), other]), [
      'spec.selector: Invalid value: {"matchLabels":{"app":"b"}}: field is immutable',
    ]);
  const [fault = ''] = updateFaultsOf(statefulSets, [workload(), workload({ serviceName: 'x' })]);
  assert.match(
    fault,
    /^spec: Forbidden: updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template'/,
  );
});

test('a job tells its pods by its uid, and its template is immutable', () => {
  const { spec } = prepared(jobs, job()) as unknown as {
    spec: { selector: object; template: { metadata: { labels: object } } };
  };
  assert.deepEqual(spec.selector, { matchLabels: { 'batch.kubernetes.io/controller-uid': 'u' } });
  assert.deepEqual(spec.template.metadata.labels, {
    'batch.kubernetes.io/controller-uid': 'u',
    'batch.kubernetes.io/job-name': 'a',
    'controller-uid': 'u',
    'job-name': 'a',
  });
  const next = { spec: { template: { spec: { containers: [{ name: 'c', image: 'j' }], restartPolicy: 'Never' } } } };
  const [fault = ''] = updateFaultsOf(jobs, [job(), next]);
  assert.match(fault, /^spec.template: Invalid value: .*: field is immutable$/);
});

test('a role binding keeps its role', () => {
  const to = (name: string) => ({ roleRef: { kind: 'Role', name } });
  assert.deepEqual(updateFaultsOf(roleBindings, [to('a'), to('b')]), [
    'roleRef: Invalid value: {"APIGroup":"rbac.authorization.k8s.io","Kind":"Role","Name":"b"}: cannot change roleRef',
  ]);
});

test('both versions of an autoscaler say the same', () => {
  const v1 = kind('autoscaling/v1', 'HorizontalPodAutoscaler');
  const target = { scaleTargetRef: { kind: 'Deployment', name: 'd' }, maxReplicas: 3 };
  const stored = v1.storage?.toStorage(
    prepared(v1, { spec: { ...target, targetCPUUtilizationPercentage: 50 } }),
  ) as unknown as {
    apiVersion: string;
    spec: { metrics: unknown };
  };
  assert.equal(stored.apiVersion, 'autoscaling/v2');
  assert.deepEqual(stored.spec.metrics, [
    { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 50 } } },
  ]);
  const memory = {
    type: 'Resource',
    resource: { name: 'memory', target: { type: 'AverageValue', averageValue: '1Gi' } },
  };
  const queue = {
    type: 'External',
    external: {
      metric: { name: 'queue', selector: { matchLabels: { a: 'b' } } },
      target: { type: 'Value', value: '10' },
    },
  };
  const hits = {
    type: 'Object',
    object: {
      describedObject: { kind: 'Ingress', name: 'i' },
      target: { type: 'AverageValue', averageValue: '3' },
      metric: { name: 'hits' },
    },
  };
  const all = prepared(hpas, { spec: { ...target, metrics: [memory, queue, hits] } });
  const old = v1.storage?.fromStorage(all);
  assert.deepEqual(JSON.parse(old?.metadata.annotations?.['autoscaling.alpha.kubernetes.io/metrics'] ?? ''), [
    { type: 'Resource', resource: { name: 'memory', targetAverageValue: '1Gi' } },
    {
      type: 'External',
      external: { metricName: 'queue', metricSelector: { matchLabels: { a: 'b' } }, targetValue: '10' },
    },
    { type: 'Object', object: { target: { kind: 'Ingress', name: 'i' }, metricName: 'hits', averageValue: '3' } },
  ]);
  const again = v1.storage?.toStorage(old as never) as unknown as { spec: { metrics: unknown } };
  assert.deepEqual(again.spec.metrics, [memory, queue, hits]);
});

test('an event of the new group is stored as one of the old', () => {
  const v1 = kind('events.k8s.io/v1', 'Event');
  const event = prepared(v1, {
    eventTime: '2026-01-02T03:04:05.000006Z',
    regarding: { kind: 'Pod', name: 'p', namespace: 'default' },
    note: 'text',
    reason: 'Started',
    type: 'Normal',
    action: 'Start',
    reportingController: 'a/b',
    reportingInstance: 'i',
  });
  assert.deepEqual(faultsOf(v1, event), []);
  const stored = v1.storage?.toStorage(event) as unknown as Record<string, unknown>;
  assert.equal(stored['apiVersion'], 'v1');
  assert.equal(stored['message'], 'text');
  assert.deepEqual(stored['involvedObject'], { kind: 'Pod', namespace: 'default', name: 'p' });
  assert.deepEqual(v1.storage?.fromStorage(stored as never), event);
  assert.equal(v1.strategy.selectableFields?.(event)['regarding.name'], 'p');
});
