/** Rows of tables, cell by cell, as kubectl users know them. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Cell, KubernetesObject } from '@mkube/apimachinery';
import { definitionOfKind } from './index.ts';
import { NOW } from './testing.ts';

const minutesAgo = (n: number): string => `${new Date(NOW.getTime() - n * 60_000).toISOString().slice(0, 19)}Z`;

/** Cells by column name; the object is as it would be stored. */
function rowOf(apiVersion: string, kind: string, object: object): Record<string, Cell | undefined> {
  const definition = definitionOfKind(apiVersion, kind);
  assert.ok(definition?.strategy.cells);
  const metadata = { name: 'a', creationTimestamp: minutesAgo(5), ...(object as { metadata?: object }).metadata };
  const stored = definition.schema.decode({ ...object, metadata }).object as unknown as KubernetesObject;
  const cells = definition.strategy.cells(stored, NOW);
  assert.equal(cells.length, definition.columns.length);
  return Object.fromEntries(definition.columns.map((c, i) => [c.name, cells[i]]));
}

const row = (of: [apiVersion: string, kind: string], object: object, expected: Record<string, Cell>): void => {
  const cells = rowOf(of[0], of[1], object);
  assert.deepEqual(Object.fromEntries(Object.keys(expected).map((key) => [key, cells[key]])), expected);
};

const status = (name: string, state: object, more: object = {}) => ({
  name,
  state,
  ready: false,
  restartCount: 0,
  ...more,
});
const running = (name: string, more: object = {}) => status(name, { running: {} }, { ready: true, ...more });
const two = { containers: [{ name: 'a' }, { name: 'b' }] };
const init = (more: object = {}) => ({ ...two, initContainers: [{ name: 'i', ...more }] });
const ready = {
  conditions: [
    { type: 'Ready', status: 'True' },
    { type: 'Initialized', status: 'True' },
  ],
};

const podRows: [title: string, pod: object, cells: { Ready: string; Status: string; Restarts: string }][] = [
  [
    'not yet scheduled',
    { spec: two, status: { phase: 'Pending' } },
    { Ready: '0/2', Status: 'Pending', Restarts: '0' },
  ],
  [
    'running',
    { spec: two, status: { phase: 'Running', ...ready, containerStatuses: [running('a'), running('b')] } },
    { Ready: '2/2', Status: 'Running', Restarts: '0' },
  ],
  [
    'being created',
    {
      spec: two,
      status: { phase: 'Pending', containerStatuses: [status('a', { waiting: { reason: 'ContainerCreating' } })] },
    },
    { Ready: '0/2', Status: 'ContainerCreating', Restarts: '0' },
  ],
  [
    'crashing',
    {
      spec: two,
      status: {
        phase: 'Running',
        containerStatuses: [
          status(
            'a',
            { waiting: { reason: 'CrashLoopBackOff' } },
            { restartCount: 4, lastState: { terminated: { finishedAt: minutesAgo(3), exitCode: 1 } } },
          ),
          running('b'),
        ],
      },
    },
    { Ready: '1/2', Status: 'CrashLoopBackOff', Restarts: '4 (3m ago)' },
  ],
  [
    'ended by a code',
    { spec: two, status: { phase: 'Running', containerStatuses: [status('a', { terminated: { exitCode: 3 } })] } },
    { Ready: '0/2', Status: 'ExitCode:3', Restarts: '0' },
  ],
  [
    'ended by a signal',
    {
      spec: two,
      status: { phase: 'Running', containerStatuses: [status('a', { terminated: { exitCode: 137, signal: 9 } })] },
    },
    { Ready: '0/2', Status: 'Signal:9', Restarts: '0' },
  ],
  [
    'one completed, one running',
    {
      spec: two,
      status: {
        phase: 'Running',
        ...ready,
        containerStatuses: [status('a', { terminated: { reason: 'Completed', exitCode: 0 } }), running('b')],
      },
    },
    { Ready: '1/2', Status: 'Running', Restarts: '0' },
  ],
  [
    'one completed, one running but not ready',
    {
      spec: two,
      status: {
        phase: 'Running',
        containerStatuses: [status('a', { terminated: { reason: 'Completed', exitCode: 0 } }), running('b')],
      },
    },
    { Ready: '1/2', Status: 'NotReady', Restarts: '0' },
  ],
  [
    'initializing',
    { spec: init(), status: { phase: 'Pending', initContainerStatuses: [status('i', { running: {} })] } },
    { Ready: '0/2', Status: 'Init:0/1', Restarts: '0' },
  ],
  [
    'failing to initialize',
    {
      spec: init(),
      status: {
        phase: 'Pending',
        initContainerStatuses: [status('i', { terminated: { reason: 'Error', exitCode: 1 } }, { restartCount: 2 })],
      },
    },
    { Ready: '0/2', Status: 'Init:Error', Restarts: '2' },
  ],
  [
    'waiting to initialize again',
    {
      spec: init(),
      status: {
        phase: 'Pending',
        initContainerStatuses: [status('i', { waiting: { reason: 'CrashLoopBackOff' } }, { restartCount: 1 })],
      },
    },
    { Ready: '0/2', Status: 'Init:CrashLoopBackOff', Restarts: '1' },
  ],
  [
    'with a sidecar',
    {
      spec: init({ restartPolicy: 'Always' }),
      status: {
        phase: 'Running',
        ...ready,
        initContainerStatuses: [running('i', { started: true, restartCount: 1 })],
        containerStatuses: [running('a'), running('b')],
      },
    },
    { Ready: '3/3', Status: 'Running', Restarts: '1' },
  ],
  [
    'evicted',
    { spec: two, status: { phase: 'Failed', reason: 'Evicted' } },
    { Ready: '0/2', Status: 'Evicted', Restarts: '0' },
  ],
  [
    'gated',
    {
      spec: two,
      status: { phase: 'Pending', conditions: [{ type: 'PodScheduled', status: 'False', reason: 'SchedulingGated' }] },
    },
    { Ready: '0/2', Status: 'SchedulingGated', Restarts: '0' },
  ],
  [
    'being deleted',
    {
      metadata: { deletionTimestamp: minutesAgo(0) },
      spec: two,
      status: { phase: 'Running', containerStatuses: [running('a'), running('b')] },
    },
    { Ready: '2/2', Status: 'Terminating', Restarts: '0' },
  ],
  [
    'being deleted on a lost node',
    { metadata: { deletionTimestamp: minutesAgo(0) }, spec: two, status: { phase: 'Running', reason: 'NodeLost' } },
    { Ready: '0/2', Status: 'Unknown', Restarts: '0' },
  ],
];

for (const [title, pod, cells] of podRows)
  test(`a pod ${title}`, () => row(['v1', 'Pod'], pod, { Name: 'a', Age: '5m', ...cells }));

test('wide columns of a pod', () => {
  const gates = { readinessGates: [{ conditionType: 'a/b' }, { conditionType: 'c/d' }], nodeName: 'n' };
  const conditions = [{ type: 'a/b', status: 'True' }];
  row(
    ['v1', 'Pod'],
    { spec: { ...two, ...gates }, status: { podIPs: [{ ip: '10.0.0.1' }], conditions } },
    { IP: '10.0.0.1', Node: 'n', 'Nominated Node': '<none>', 'Readiness Gates': '1/2' },
  );
  row(['v1', 'Pod'], { spec: two }, { IP: '<none>', Node: '<none>', 'Readiness Gates': '<none>' });
});

test('completed pods are marked for clients that hide them', () => {
  const conditions = definitionOfKind('v1', 'Pod')?.strategy.rowConditions?.({
    status: { phase: 'Succeeded' },
  } as never);
  assert.deepEqual(conditions, [
    { type: 'Completed', status: 'True', reason: 'Succeeded', message: 'The pod has completed successfully.' },
  ]);
});

test('nodes', () => {
  const labels = { 'node-role.kubernetes.io/worker': '', 'node-role.kubernetes.io/control-plane': '' };
  const conditions = [{ type: 'Ready', status: 'True' }];
  const addresses = [{ type: 'InternalIP', address: '10.1.1.1' }];
  row(
    ['v1', 'Node'],
    {
      metadata: { labels },
      spec: { unschedulable: true },
      status: { conditions, addresses, nodeInfo: { kubeletVersion: 'v1.35.0' } },
    },
    {
      Status: 'Ready,SchedulingDisabled',
      Roles: 'control-plane,worker',
      Version: 'v1.35.0',
      'Internal-IP': '10.1.1.1',
      'External-IP': '<none>',
      'OS-Image': '<unknown>',
    },
  );
  row(['v1', 'Node'], {}, { Status: 'Unknown', Roles: '<none>' });
  row(['v1', 'Node'], { status: { conditions: [{ type: 'Ready', status: 'Unknown' }] } }, { Status: 'NotReady' });
});

test('services by type', () => {
  const ports = [
    { port: 80, protocol: 'TCP', nodePort: 30080 },
    { port: 53, protocol: 'UDP' },
  ];
  row(
    ['v1', 'Service'],
    { spec: { type: 'NodePort', clusterIPs: ['10.96.0.1'], ports, selector: { b: '2', a: '1' } } },
    {
      Type: 'NodePort',
      'Cluster-IP': '10.96.0.1',
      'External-IP': '<none>',
      'Port(s)': '80:30080/TCP,53/UDP',
      Selector: 'a=1,b=2',
    },
  );
  row(['v1', 'Service'], { spec: { type: 'LoadBalancer' } }, { 'External-IP': '<pending>', 'Port(s)': '<none>' });
  row(
    ['v1', 'Service'],
    { spec: { type: 'LoadBalancer' }, status: { loadBalancer: { ingress: [{ ip: '2.2.2.2' }, { hostname: 'h' }] } } },
    { 'External-IP': '2.2.2.2,h' },
  );
  row(
    ['v1', 'Service'],
    { spec: { type: 'ExternalName', externalName: 'x.y' } },
    { 'Cluster-IP': '<none>', 'External-IP': 'x.y' },
  );
});

test('workloads', () => {
  const selector = { matchLabels: { app: 'w' } };
  const template = {
    spec: {
      containers: [
        { name: 'c', image: 'i:1' },
        { name: 'd', image: 'j' },
      ],
    },
  };
  row(
    ['apps/v1', 'Deployment'],
    {
      spec: { replicas: 3, selector, template },
      status: { readyReplicas: 2, updatedReplicas: 3, availableReplicas: 2 },
    },
    {
      Ready: '2/3',
      'Up-to-date': 3,
      Available: 2,
      Containers: 'c,d',
      Images: 'i:1,j',
      Selector: 'app=w',
    },
  );
  row(
    ['apps/v1', 'ReplicaSet'],
    { spec: { replicas: 3, selector, template }, status: { replicas: 3, readyReplicas: 1 } },
    { Desired: 3, Current: 3, Ready: 1 },
  );
  row(['apps/v1', 'StatefulSet'], { spec: { replicas: 2, selector, template } }, { Ready: '0/2' });
  row(
    ['apps/v1', 'DaemonSet'],
    { spec: { selector, template }, status: { desiredNumberScheduled: 2, numberReady: 1 } },
    { Desired: 2, Ready: 1, 'Node Selector': '<none>' },
  );
});

test('jobs and cron jobs', () => {
  const done = {
    conditions: [{ type: 'Complete', status: 'True' }],
    succeeded: 1,
    startTime: minutesAgo(4),
    completionTime: minutesAgo(3),
  };
  row(
    ['batch/v1', 'Job'],
    { spec: { completions: 1, template: {} }, status: done },
    { Status: 'Complete', Completions: '1/1', Duration: '60s' },
  );
  row(
    ['batch/v1', 'Job'],
    { spec: { parallelism: 3, template: {} } },
    { Status: 'Running', Completions: '0/1 of 3', Duration: '' },
  );
  row(
    ['batch/v1', 'CronJob'],
    { spec: { schedule: '* * * * *', suspend: false } },
    { Schedule: '* * * * *', Timezone: '<none>', Suspend: 'False', Active: 0, 'Last Schedule': '<none>' },
  );
});

test('endpoints and their slices show three addresses and how many more', () => {
  const addresses = [1, 2, 3, 4].map((n) => ({ ip: `10.0.0.${n}` }));
  row(
    ['v1', 'Endpoints'],
    { subsets: [{ addresses, ports: [{ port: 80 }] }] },
    { Endpoints: '10.0.0.1:80,10.0.0.2:80,10.0.0.3:80 + 1 more...' },
  );
  row(['v1', 'Endpoints'], {}, { Endpoints: '<none>' });
  const endpoints = addresses.map(({ ip }) => ({ addresses: [ip] }));
  row(
    ['discovery.k8s.io/v1', 'EndpointSlice'],
    { addressType: 'IPv4', endpoints, ports: [{ port: 80 }, {}] },
    { Ports: '80,*', Endpoints: '10.0.0.1,10.0.0.2,10.0.0.3 + 1 more...' },
  );
  row(['discovery.k8s.io/v1', 'EndpointSlice'], { addressType: 'IPv4' }, { Ports: '<unset>', Endpoints: '<unset>' });
});

test('events of both groups', () => {
  const old = {
    involvedObject: { kind: 'Pod', name: 'web', fieldPath: 'spec.containers{c}' },
    type: 'Normal',
    reason: 'Pulled',
    message: 'text\n',
    source: { component: 'kubelet', host: 'node-1' },
    firstTimestamp: minutesAgo(60),
    lastTimestamp: minutesAgo(5),
    count: 12,
  };
  const cells = {
    'Last Seen': '5m',
    Type: 'Normal',
    Reason: 'Pulled',
    Object: 'pod/web',
    Subobject: 'spec.containers{c}',
    Source: 'kubelet, node-1',
    Message: 'text',
    'First Seen': '60m',
    Count: 12,
    Name: 'a',
  };
  row(['v1', 'Event'], old, cells);
  const next = {
    regarding: { kind: 'Pod', name: 'web' },
    type: 'Normal',
    reason: 'Pulled',
    note: 'text',
    reportingController: 'kubelet',
    reportingInstance: 'node-1',
    eventTime: `${minutesAgo(5).slice(0, 19)}.000000Z`,
  };
  row(['events.k8s.io/v1', 'Event'], next, { ...cells, Subobject: '', 'First Seen': '5m', Count: 1 });
});

test('configuration, accounts and leases', () => {
  row(['v1', 'ConfigMap'], { data: { a: '' }, binaryData: { b: '' } }, { Data: 2, Age: '5m' });
  row(['v1', 'Secret'], { type: 'Opaque', data: { a: '' } }, { Type: 'Opaque', Data: 1 });
  row(['v1', 'ServiceAccount'], {}, { Name: 'a', Age: '5m' });
  row(['v1', 'Namespace'], { status: { phase: 'Active' } }, { Status: 'Active' });
  row(['coordination.k8s.io/v1', 'Lease'], { spec: { holderIdentity: 'h' } }, { Holder: 'h' });
});

test('volumes and claims', () => {
  const spec = {
    capacity: { storage: '1Gi' },
    accessModes: ['ReadWriteOnce', 'ReadOnlyMany'],
    persistentVolumeReclaimPolicy: 'Retain',
    claimRef: { namespace: 'n', name: 'c' },
  };
  row(
    ['v1', 'PersistentVolume'],
    { spec, status: { phase: 'Bound' } },
    { Capacity: '1Gi', 'Access Modes': 'RWO,ROX', Status: 'Bound', Claim: 'n/c', VolumeAttributesClass: '<unset>' },
  );
  row(
    ['v1', 'PersistentVolumeClaim'],
    {
      metadata: { deletionTimestamp: minutesAgo(0) },
      spec: { volumeName: 'v' },
      status: { accessModes: ['ReadWriteMany'], capacity: { storage: '2Gi' } },
    },
    { Status: 'Terminating', Capacity: '2Gi', 'Access Modes': 'RWX' },
  );
  row(
    ['storage.k8s.io/v1', 'StorageClass'],
    { metadata: { annotations: { 'storageclass.kubernetes.io/is-default-class': 'true' } }, provisioner: 'p' },
    { Name: 'a (default)', Provisioner: 'p' },
  );
});

test('autoscalers, budgets, ingresses and policies', () => {
  const metrics = [
    { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 80 } } },
  ];
  const measured = [
    { type: 'Resource', resource: { name: 'cpu', current: { averageUtilization: 12, averageValue: '1' } } },
  ];
  const hpa = { spec: { scaleTargetRef: { kind: 'Deployment', name: 'w' }, minReplicas: 1, maxReplicas: 3, metrics } };
  row(['autoscaling/v2', 'HorizontalPodAutoscaler'], hpa, {
    Reference: 'Deployment/w',
    Targets: 'cpu: <unknown>/80%',
    MinPods: '1',
    MaxPods: '3',
  });
  row(
    ['autoscaling/v2', 'HorizontalPodAutoscaler'],
    { ...hpa, status: { currentMetrics: measured } },
    { Targets: 'cpu: 12%/80%' },
  );
  row(
    ['policy/v1', 'PodDisruptionBudget'],
    { spec: { minAvailable: '50%' } },
    { 'Min Available': '50%', 'Max Unavailable': 'N/A', 'Allowed Disruptions': 0 },
  );
  row(
    ['networking.k8s.io/v1', 'Ingress'],
    { spec: { rules: [{ host: 'x' }, {}], tls: [{}] } },
    { Class: '<none>', Hosts: 'x', Ports: '80, 443' },
  );
  row(['networking.k8s.io/v1', 'Ingress'], {}, { Hosts: '*', Ports: '80' });
  row(['networking.k8s.io/v1', 'NetworkPolicy'], { spec: { podSelector: {} } }, { 'Pod-Selector': '<none>' });
});

test('role bindings, requests and quotas', () => {
  const subjects = [
    { kind: 'User', name: 'u' },
    { kind: 'ServiceAccount', name: 's', namespace: 'n' },
  ];
  row(
    ['rbac.authorization.k8s.io/v1', 'RoleBinding'],
    { roleRef: { kind: 'Role', name: 'r' }, subjects },
    { Role: 'Role/r', Users: 'u', Groups: '', ServiceAccounts: 'n/s' },
  );
  row(
    ['certificates.k8s.io/v1', 'CertificateSigningRequest'],
    {
      spec: { signerName: 'a/b', expirationSeconds: 3600 },
      status: { conditions: [{ type: 'Approved' }], certificate: 'AA==' },
    },
    { RequestedDuration: '60m', Condition: 'Approved,Issued' },
  );
  row(
    ['v1', 'ResourceQuota'],
    { status: { hard: { pods: '4', 'limits.cpu': '2' }, used: { pods: '1' } } },
    { Request: 'pods: 1/4', Limit: 'limits.cpu: 0/2' },
  );
  row(
    ['apiregistration.k8s.io/v1', 'APIService'],
    { spec: { version: 'v1' }, status: { conditions: [{ type: 'Available', status: 'False', reason: 'Gone' }] } },
    { Service: 'Local', Available: 'False (Gone)' },
  );
});
