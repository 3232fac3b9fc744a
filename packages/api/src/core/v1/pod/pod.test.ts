/** What pods are refused for, in Kubernetes' words. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { faultsOf, prepared, updateFaultsOf } from '../../../testing.ts';
import { pods } from './pod.ts';

const container = (more: object = {}) => ({ name: 'c', image: 'i', ...more });
const spec = (more: object = {}) => ({ spec: { containers: [container()], ...more } });
const one = (more: object) => spec({ containers: [container(more)] });

const cases: [title: string, input: object, faults: string[]][] = [
  ['a plain pod', spec(), []],
  ['no containers', { spec: { containers: [] } }, ['spec.containers: Required value']],
  [
    'a container without name and image',
    spec({ containers: [{}] }),
    ['spec.containers[0].name: Required value', 'spec.containers[0].image: Required value'],
  ],
  [
    'a name that is no label',
    spec({ containers: [container({ name: 'A_b' })] }),
    [
      "spec.containers[0].name: Invalid value: \"A_b\": a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')",
    ],
  ],
  [
    'two containers of one name',
    spec({ containers: [container(), container()] }),
    ['spec.containers[1].name: Duplicate value: "c"'],
  ],
  [
    'an init container named as a container',
    spec({ initContainers: [container()] }),
    ['spec.initContainers[0].name: Duplicate value: "c"'],
  ],
  [
    'an unknown restart policy',
    spec({ restartPolicy: 'Maybe' }),
    ['spec.restartPolicy: Unsupported value: "Maybe": supported values: "Always", "OnFailure", "Never"'],
  ],
  [
    'a port out of range',
    one({ ports: [{ containerPort: 70000 }] }),
    ['spec.containers[0].ports[0].containerPort: Invalid value: 70000: must be between 1 and 65535, inclusive'],
  ],
  [
    'a port of no number',
    one({ ports: [{ name: 'http' }] }),
    ['spec.containers[0].ports[0].containerPort: Required value'],
  ],
  [
    'one host port twice',
    one({
      ports: [
        { containerPort: 80, hostPort: 80 },
        { containerPort: 81, hostPort: 80 },
      ],
    }),
    ['spec.containers[0].ports[1].hostPort: Duplicate value: "TCP//80"'],
  ],
  [
    'a mount of no volume',
    one({ volumeMounts: [{ name: 'v', mountPath: '/v' }] }),
    ['spec.containers[0].volumeMounts[0].name: Not found: "v"'],
  ],
  [
    'two mounts at one place',
    spec({
      volumes: [{ name: 'v' }],
      containers: [
        container({
          volumeMounts: [
            { name: 'v', mountPath: '/v' },
            { name: 'v', mountPath: '/v' },
          ],
        }),
      ],
    }),
    ['spec.containers[0].volumeMounts[1].mountPath: Invalid value: "/v": must be unique'],
  ],
  [
    'two volumes of one name',
    spec({ volumes: [{ name: 'v' }, { name: 'v' }] }),
    ['spec.volumes[1].name: Duplicate value: "v"'],
  ],
  [
    'a volume of two types',
    spec({ volumes: [{ name: 'v', emptyDir: {}, hostPath: { path: '/x' } }] }),
    ['spec.volumes[0].hostPath: Forbidden: may not specify more than 1 volume type'],
  ],
  [
    'a host path that climbs',
    spec({ volumes: [{ name: 'v', hostPath: { path: '/a/../b' } }] }),
    ['spec.volumes[0].hostPath.path: Invalid value: "/a/../b": must not contain \'..\''],
  ],
  [
    'a secret without name',
    spec({ volumes: [{ name: 'v', secret: {} }] }),
    ['spec.volumes[0].secret.secretName: Required value'],
  ],
  [
    'more asked for than allowed',
    one({ resources: { requests: { cpu: '2' }, limits: { cpu: '1' } } }),
    ['spec.containers[0].resources.requests: Invalid value: "2": must be less than or equal to cpu limit of 1'],
  ],
  [
    'a negative amount',
    one({ resources: { requests: { memory: '-1' } } }),
    ['spec.containers[0].resources.requests[memory]: Invalid value: "-1": must be greater than or equal to 0'],
  ],
  [
    'a resource that is none',
    one({ resources: { requests: { foo: '1' } } }),
    [
      'spec.containers[0].resources.requests[foo]: Invalid value: "foo": must be a standard resource type or fully qualified',
      'spec.containers[0].resources.requests[foo]: Invalid value: "foo": must be a standard resource for containers',
    ],
  ],
  [
    'a hostname beside other names of the host',
    spec({ hostnameOverride: 'x', setHostnameAsFQDN: true, hostNetwork: true }),
    [
      'spec.hostnameOverride: Forbidden: may not be specified when setHostnameAsFQDN is true',
      'spec.hostnameOverride: Forbidden: may not be specified when hostNetwork is true',
    ],
  ],
  [
    'an environment variable without name',
    one({ env: [{ value: 'x' }] }),
    ['spec.containers[0].env[0].name: Required value'],
  ],
  [
    'a variable from nowhere',
    one({ env: [{ name: 'A', valueFrom: {} }] }),
    [
      'spec.containers[0].env[0].valueFrom: Invalid value: "": must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`',
    ],
  ],
  [
    'a variable with a value and a source',
    one({ env: [{ name: 'A', value: 'x', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } }] }),
    ['spec.containers[0].env[0].valueFrom: Invalid value: "": may not be specified when `value` is not empty'],
  ],
  [
    'a probe without handler',
    one({ livenessProbe: {} }),
    ['spec.containers[0].livenessProbe: Required value: must specify a handler type'],
  ],
  [
    'a liveness probe that must succeed twice',
    one({ livenessProbe: { tcpSocket: { port: 1 }, successThreshold: 2 } }),
    ['spec.containers[0].livenessProbe.successThreshold: Invalid value: 2: must be 1'],
  ],
  [
    'a probe of an init container',
    spec({ initContainers: [{ name: 'i', image: 'i', livenessProbe: { exec: { command: ['x'] } } }] }),
    [
      'spec.initContainers[0].livenessProbe: Forbidden: may not be set for init containers without restartPolicy=Always',
    ],
  ],
  [
    'a toleration without key or Exists',
    spec({ tolerations: [{ effect: 'NoExecute' }] }),
    [
      'spec.tolerations[0].operator: Invalid value: "": operator must be Exists when `key` is empty, which means "match all values and all keys"',
    ],
  ],
  [
    'seconds on a toleration of another effect',
    spec({ tolerations: [{ key: 'a', operator: 'Exists', effect: 'NoSchedule', tolerationSeconds: 1 }] }),
    [
      'spec.tolerations[0].effect: Invalid value: "NoSchedule": effect must be \'NoExecute\' when `tolerationSeconds` is set',
    ],
  ],
  [
    'a deadline of nothing',
    spec({ activeDeadlineSeconds: 0 }),
    ['spec.activeDeadlineSeconds: Invalid value: 0: must be between 1 and 2147483647, inclusive'],
  ],
  [
    'dnsPolicy None without dnsConfig',
    spec({ dnsPolicy: 'None' }),
    ['spec.dnsConfig: Required value: must provide `dnsConfig` when `dnsPolicy` is None'],
  ],
  [
    'an empty required node affinity',
    spec({ affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [] } } } }),
    [
      'spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms: Required value: must have at least one node selector term',
    ],
  ],
  [
    'a privileged container that must not gain privileges',
    one({ securityContext: { privileged: true, allowPrivilegeEscalation: false } }),
    [
      'spec.containers[0].securityContext: Invalid value: {"privileged":true,"allowPrivilegeEscalation":false}: cannot set `allowPrivilegeEscalation` to false and `privileged` to true',
    ],
  ],
];

for (const [title, input, faults] of cases)
  test(`${title}: ${faults.length === 0 ? 'valid' : 'refused'}`, () => assert.deepEqual(faultsOf(pods, input), faults));

test('a new pod is Pending with its quality of service, whatever status it came with', () => {
  const resources = { limits: { cpu: '1', memory: '1Gi' } };
  const status = (input: object) =>
    (prepared(pods, { ...input, status: { phase: 'Running' } }) as { status?: unknown }).status;
  assert.deepEqual(status(spec()), { phase: 'Pending', qosClass: 'BestEffort' });
  assert.deepEqual(status(one({ resources })), { phase: 'Pending', qosClass: 'Guaranteed' });
  assert.deepEqual(status(one({ resources: { requests: { cpu: '1' } } })), { phase: 'Pending', qosClass: 'Burstable' });
});

test('a pod that exists may get another image, a shorter deadline and more tolerations', () => {
  const old = spec({ activeDeadlineSeconds: 100 });
  const next = spec({
    containers: [container({ image: 'j' })],
    activeDeadlineSeconds: 50,
    tolerations: [{ key: 'a', operator: 'Exists' }],
  });
  assert.deepEqual(updateFaultsOf(pods, [old, next]), []);
});

test('anything else of a pod that exists is refused, and the difference is named', () => {
  const [fault = '', ...more] = updateFaultsOf(pods, [spec(), spec({ hostname: 'x' })]);
  assert.deepEqual(more, []);
  assert.match(
    fault,
    /^spec: Forbidden: pod updates may not change fields other than `spec.containers\[\*\].image`,`spec.initContainers\[\*\].image`/,
  );
  assert.match(fault, /\n\+ hostname: "x"$/);
  assert.deepEqual(updateFaultsOf(pods, [spec(), spec({ containers: [container(), container({ name: 'd' })] })]), [
    'spec.containers: Forbidden: pod updates may not add or remove containers',
  ]);
  assert.deepEqual(updateFaultsOf(pods, [spec({ activeDeadlineSeconds: 1 }), spec({ activeDeadlineSeconds: 2 })]), [
    'spec.activeDeadlineSeconds: Invalid value: 2: must be less than or equal to previous value',
  ]);
});

test('a pod waits behind its scheduling gates, which can only be taken away', () => {
  const gated = spec({ schedulingGates: [{ name: 'a.b/c' }] });
  const { status } = prepared(pods, gated) as unknown as { status: { conditions: { reason: string }[] } };
  assert.equal(status.conditions[0]?.reason, 'SchedulingGated');
  assert.deepEqual(updateFaultsOf(pods, [gated, spec()]), []);
  assert.deepEqual(updateFaultsOf(pods, [spec(), gated]), [
    "spec.schedulingGates[0].name: Forbidden: only deletion is allowed, but found new scheduling gate 'a.b/c'",
  ]);
});

test('resize changes amounts but not the quality of service', () => {
  const of = (cpu: string) => one({ resources: { limits: { cpu, memory: '1Gi' } } });
  assert.deepEqual(updateFaultsOf(pods, [of('1'), of('2')], 'resize'), []);
  assert.deepEqual(updateFaultsOf(pods, [of('1'), one({ resources: { limits: { cpu: '1' } } })], 'resize'), [
    'spec: Invalid value: "Guaranteed": Pod QOS Class may not change as a result of resizing',
    'spec.containers[0].resources.requests: Forbidden: resource requests cannot be removed',
    'spec.containers[0].resources.limits: Forbidden: resource limits cannot be removed',
  ]);
  const others = one({ resources: { limits: { cpu: '1', memory: '1Gi', 'a.b/c': '1' } } });
  assert.deepEqual(updateFaultsOf(pods, [of('1'), others], 'resize'), [
    'spec: Forbidden: only cpu and memory resources are mutable',
  ]);
});
