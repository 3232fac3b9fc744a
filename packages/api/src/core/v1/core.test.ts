/** What core kinds beside Pod are refused for, in Kubernetes' words. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ResourceDefinition } from '@mkube/apimachinery';
import { faultsOf, prepared, updateFaultsOf } from '../../testing.ts';
import { configMaps } from './config-map.ts';
import { endpoints } from './endpoints.ts';
import { limitRanges } from './limit-range.ts';
import { namespaces } from './namespace.ts';
import { nodes } from './node.ts';
import { persistentVolumeClaims } from './persistent-volume-claim.ts';
import { persistentVolumes } from './persistent-volume.ts';
import { replicationControllers } from './replication-controller.ts';
import { resourceQuotas } from './resource-quota.ts';
import { secrets } from './secret.ts';
import { services } from './service/service.ts';

const service = (spec: object) => ({ spec: { ports: [{ port: 80 }], ...spec } });
const claim = (spec: object = {}) => ({
  spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } }, ...spec },
});
const volume = (spec: object = {}) => ({
  spec: { accessModes: ['ReadWriteOnce'], capacity: { storage: '1Gi' }, hostPath: { path: '/x' }, ...spec },
});

const cases: [title: string, definition: ResourceDefinition, input: object, faults: string[]][] = [
  ['a plain service', services, service({}), []],
  ['a service without ports', services, { spec: {} }, ['spec.ports: Required value']],
  ['a headless service without ports', services, { spec: { clusterIP: 'None' } }, []],
  [
    'two ports without names',
    services,
    service({ ports: [{ port: 80 }, { port: 81 }] }),
    ['spec.ports[0].name: Required value', 'spec.ports[1].name: Required value'],
  ],
  [
    'a port of 0',
    services,
    service({ ports: [{ port: 0 }] }),
    [
      'spec.ports[0].port: Invalid value: 0: must be between 1 and 65535, inclusive',
      'spec.ports[0].targetPort: Invalid value: 0: must be between 1 and 65535, inclusive',
    ],
  ],
  [
    'one port twice',
    services,
    service({
      ports: [
        { name: 'a', port: 80 },
        { name: 'b', port: 80 },
      ],
    }),
    [
      'spec.ports[1]: Duplicate value: {"Name":"","Protocol":"TCP","AppProtocol":null,"Port":80,"TargetPort":0,"NodePort":0}',
    ],
  ],
  [
    'a node port of a ClusterIP',
    services,
    service({ ports: [{ port: 80, nodePort: 30000 }] }),
    ["spec.ports[0].nodePort: Forbidden: may not be used when `type` is 'ClusterIP'"],
  ],
  ['an ExternalName without name', services, { spec: { type: 'ExternalName' } }, ['spec.externalName: Required value']],
  [
    'an unknown type',
    services,
    service({ type: 'Magic' }),
    [
      'spec.type: Unsupported value: "Magic": supported values: "ClusterIP", "ExternalName", "LoadBalancer", "NodePort"',
    ],
  ],
  [
    'a headless load balancer',
    services,
    service({ type: 'LoadBalancer', clusterIP: 'None' }),
    ['spec.clusterIPs[0]: Invalid value: "None": may not be set to \'None\' for LoadBalancer services'],
  ],
  [
    'no address',
    services,
    service({ clusterIP: '1.2.3' }),
    ['spec.clusterIPs[0]: Invalid value: "1.2.3": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)'],
  ],
  [
    'a key that is none',
    configMaps,
    { data: { 'a b': '' } },
    [
      "data[a b]: Invalid value: \"a b\": a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')",
    ],
  ],
  [
    'one key in data and binaryData',
    configMaps,
    { data: { a: '' }, binaryData: { a: '' } },
    ['data[a]: Invalid value: "a": duplicate of key present in binaryData'],
  ],
  [
    'more than a megabyte',
    configMaps,
    { data: { a: 'x'.repeat(1048577) } },
    [': Too long: may not be more than 1048576 bytes'],
  ],
  [
    'a TLS secret without key',
    secrets,
    { type: 'kubernetes.io/tls', data: { 'tls.crt': '' } },
    ['data[tls.key]: Required value'],
  ],
  [
    'a pull secret that is no JSON',
    secrets,
    { type: 'kubernetes.io/dockerconfigjson', stringData: { '.dockerconfigjson': '{' } },
    ['data[.dockerconfigjson]: Invalid value: "<secret contents redacted>": unexpected end of JSON input'],
  ],
  [
    'a pull secret whose JSON is too deep',
    secrets,
    { type: 'kubernetes.io/dockerconfigjson', stringData: { '.dockerconfigjson': '['.repeat(300_000) } },
    ['data[.dockerconfigjson]: Invalid value: "<secret contents redacted>": exceeded max depth'],
  ],
  [
    'a subset of nothing',
    endpoints,
    { subsets: [{}] },
    ['subsets[0]: Required value: must specify `addresses` or `notReadyAddresses`'],
  ],
  [
    'a loopback endpoint',
    endpoints,
    { subsets: [{ addresses: [{ ip: '127.0.0.1' }] }] },
    ['subsets[0].addresses[0].ip: Invalid value: "127.0.0.1": may not be in the loopback range (127.0.0.0/8, ::1/128)'],
  ],
  ['a namespace', namespaces, {}, []],
  [
    'one taint twice',
    nodes,
    {
      spec: {
        taints: [
          { key: 'a', effect: 'NoSchedule' },
          { key: 'a', effect: 'NoSchedule', value: 'x' },
        ],
      },
    },
    [
      'metadata.taints[1]: Duplicate value: {"Key":"a","Value":"x","Effect":"NoSchedule","TimeAdded":null}: taints must be unique by key and effect pair',
    ],
  ],
  ['a claim', persistentVolumeClaims, claim(), []],
  [
    'a claim of nothing',
    persistentVolumeClaims,
    { spec: {} },
    ['spec.accessModes: Required value: at least 1 access mode is required', 'spec.resources[storage]: Required value'],
  ],
  ['a volume', persistentVolumes, volume(), []],
  [
    'a volume without type',
    persistentVolumes,
    { spec: { accessModes: ['ReadWriteOnce'], capacity: { storage: '1Gi' } } },
    ['spec: Required value: must specify a volume type'],
  ],
  [
    'a default above the maximum',
    limitRanges,
    { spec: { limits: [{ type: 'Container', max: { cpu: '1' }, default: { cpu: '2' } }] } },
    [
      'spec.limits[0].defaultRequest[cpu]: Invalid value: "2": default request value 2 is greater than max value 1',
      'spec.limits[0].default[cpu]: Invalid value: "1": default value 2 is greater than max value 1',
    ],
  ],
  [
    'a quota of something unknown',
    resourceQuotas,
    { spec: { hard: { foo: '1' } } },
    [
      'spec.hard[foo]: Invalid value: "foo": must be a standard resource type or fully qualified',
      'spec.hard[foo]: Invalid value: "foo": must be a standard resource for quota',
    ],
  ],
  [
    'a controller without template',
    replicationControllers,
    { spec: { selector: { a: 'b' } } },
    ['spec.template: Required value'],
  ],
];

for (const [title, definition, input, faults] of cases)
  test(`${title}: ${faults.length === 0 ? 'valid' : 'refused'}`, () =>
    assert.deepEqual(faultsOf(definition, input), faults));

test('text in stringData becomes data', () => {
  const secret = prepared(secrets, { data: { a: 'YQ==' }, stringData: { b: 'text', a: 'new' } }) as unknown as Record<
    string,
    unknown
  >;
  assert.deepEqual(secret['data'], { a: 'bmV3', b: 'dGV4dA==' });
  assert.equal('stringData' in secret, false);
});

test('what is immutable stays as it is, and stays immutable', () => {
  const fixed = { immutable: true, data: { a: 'b' } };
  const why = 'Forbidden: field is immutable when `immutable` is set';
  assert.deepEqual(updateFaultsOf(configMaps, [fixed, { immutable: true, data: { a: 'c' } }]), [`data: ${why}`]);
  assert.deepEqual(updateFaultsOf(configMaps, [fixed, { data: { a: 'b' } }]), [`immutable: ${why}`]);
  assert.deepEqual(updateFaultsOf(secrets, [{ type: 'Opaque' }, { type: 'x/y' }]), [
    'type: Invalid value: "x/y": field is immutable',
  ]);
});

test('a namespace is born Active, with the finalizer that its content is behind', () => {
  const namespace = prepared(namespaces, { metadata: { name: 'team' } }) as unknown as Record<string, unknown>;
  assert.deepEqual(namespace['spec'], { finalizers: ['kubernetes'] });
  assert.deepEqual(namespace['status'], { phase: 'Active' });
  assert.equal(
    (namespace['metadata'] as { labels: Record<string, string> }).labels['kubernetes.io/metadata.name'],
    'team',
  );
});

test('a service keeps its address, and says it in both fields', () => {
  const old = service({ clusterIP: '10.96.0.5' });
  const { spec } = prepared(services, old) as unknown as { spec: { clusterIPs: string[] } };
  assert.deepEqual(spec.clusterIPs, ['10.96.0.5']);
  assert.deepEqual(updateFaultsOf(services, [old, service({})]), []);
  assert.deepEqual(updateFaultsOf(services, [old, service({ clusterIP: '10.96.0.6' })]), [
    'spec.clusterIPs[0]: Invalid value: ["10.96.0.6"]: may not change once set',
  ]);
  assert.deepEqual(updateFaultsOf(services, [old, { spec: { type: 'ExternalName', externalName: 'x.y' } }]), []);
});

test('a bound claim may grow; nothing else of it changes', () => {
  const bound = { ...claim({ volumeName: 'v' }) };
  const faults = updateFaultsOf(persistentVolumeClaims, [bound, claim({ volumeName: 'w' })]);
  assert.equal(faults.length, 1);
  assert.match(faults[0] ?? '', /^spec: Forbidden: spec is immutable after creation except resources.requests/);
});
