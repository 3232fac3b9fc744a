/** What kinds make of an object before it is stored, and what they say of one, as Kubernetes 1.35 does. */
import { strict as assert } from 'node:assert';
import { test } from 'node:test';
import type { KubernetesObject } from '@mkube/apimachinery';
import { registry } from './registry.ts';

type Body = Record<string, unknown>;

const now = new Date('2026-01-02T03:04:05Z');
const strategyOf = (kind: string) => {
  const found = registry.find((definition) => definition.kind === kind);
  assert.ok(found, kind);
  return found.strategy;
};
const object = (of: Body): KubernetesObject =>
  ({ ...of, metadata: { name: 'a', uid: 'u', ...(of['metadata'] as Body) } }) as unknown as KubernetesObject;
const created = (kind: string, of: Body) => strategyOf(kind).prepareForCreate?.(object(of), { now });
const updated = (kind: string, [of, old]: [Body, Body], subresource = '') =>
  strategyOf(kind).prepareForUpdate?.(object(of), object(old), { now, ...(subresource && { subresource }) });

test('a job without labels gets its template’s, unless its name is no label', () => {
  const spec = { template: { metadata: { labels: { app: 'x' } } } };
  assert.deepEqual(created('Job', { spec })?.metadata.labels, {
    app: 'x',
    'batch.kubernetes.io/controller-uid': 'u',
    'batch.kubernetes.io/job-name': 'a',
    'controller-uid': 'u',
    'job-name': 'a',
  });
  assert.deepEqual(created('Job', { spec, metadata: { labels: { own: '1' } } })?.metadata.labels, { own: '1' });
  assert.equal(created('Job', { spec, metadata: { name: 'x'.repeat(64) } })?.metadata.labels, undefined);
});

test('a daemon set says how often its template changed, and its status leaves that as it is', () => {
  const generation = 'deprecated.daemonset.template.generation';
  const at = (of: string) => ({ metadata: { annotations: { [generation]: of } }, spec: {} });
  assert.equal(strategyOf('DaemonSet').applyDefaults?.(object({})).metadata.annotations?.[generation], '0');
  assert.equal(created('DaemonSet', at('0'))?.metadata.annotations?.[generation], '1');
  assert.equal(updated('DaemonSet', [at('9'), at('3')])?.metadata.annotations?.[generation], '3');
  assert.equal(updated('DaemonSet', [{ spec: {} }, at('3')], 'status')?.metadata.annotations?.[generation], '3');
  const changed = { spec: { template: { metadata: { labels: { a: 'b' } } } } };
  assert.equal(updated('DaemonSet', [changed, at('3')])?.metadata.annotations?.[generation], '4');
});

test('a service account knows its secrets by name', () => {
  const account = { secrets: [{ name: 's', namespace: 'x', kind: 'Secret', uid: 'u' }, { name: 't' }] };
  const secrets = [{ name: 's' }, { name: 't' }];
  assert.deepEqual((created('ServiceAccount', account) as unknown as Body)['secrets'], secrets);
  assert.deepEqual((updated('ServiceAccount', [account, account]) as unknown as Body)['secrets'], secrets);
});

const [before, said, later] = ['2020-01-01T00:00:00Z', '2021-01-01T00:00:00Z', '2026-01-02T03:04:05Z'];
const phases: [what: string, status: Body, time: string | undefined][] = [
  ['the same phase', { phase: 'Pending' }, before],
  ['the same phase, with a time', { phase: 'Pending', lastPhaseTransitionTime: said }, said],
  ['another phase', { phase: 'Bound' }, later],
  ['another phase, with the old time', { phase: 'Bound', lastPhaseTransitionTime: before }, later],
  ['another phase, with a time of its own', { phase: 'Bound', lastPhaseTransitionTime: said }, said],
];
for (const [what, status, time] of phases)
  test(`when a volume changed its phase: ${what}`, () => {
    const old = { status: { phase: 'Pending', lastPhaseTransitionTime: before } };
    const { status: next } = updated('PersistentVolume', [{ status }, old], 'status') as unknown as {
      status: { lastPhaseTransitionTime?: string };
    };
    assert.equal(next.lastPhaseTransitionTime, time);
  });

const base64 = (text: string): string => Buffer.from(text).toString('base64');
const pem = (of: string): string => base64(`-----BEGIN ${of}-----\nMIIB\n-----END ${of}-----\n`);
const told: [kind: string, of: Body, warnings: string[]][] = [
  [
    'Node',
    { spec: { configSource: {}, externalID: 'x' } },
    [
      'spec.configSource: the feature is removed',
      'spec.externalID: this field is deprecated, and is unused by Kubernetes',
    ],
  ],
  [
    'PersistentVolume',
    { spec: { persistentVolumeReclaimPolicy: 'Recycle', quobyte: {}, rbd: {} } },
    [
      'spec.persistentVolumeReclaimPolicy: The Recycle reclaim policy is deprecated. Instead, the recommended approach is to use dynamic provisioning.',
      'spec.rbd: deprecated in v1.28, non-functional in v1.31+',
    ],
  ],
  [
    'Secret',
    { type: 'kubernetes.io/tls', data: { 'tls.crt': '', 'tls.key': '' } },
    ['tls: failed to find any PEM data in certificate input'],
  ],
  [
    'Secret',
    { type: 'kubernetes.io/tls', data: { 'tls.crt': pem('CERTIFICATE'), 'tls.key': base64('x') } },
    ['tls: failed to find any PEM data in key input'],
  ],
  ['Secret', { type: 'Opaque', data: { 'tls.crt': '' } }, []],
];
for (const [kind, of, warnings] of told)
  test(`what is told of a ${kind}: ${JSON.stringify(of).slice(0, 60)}`, () => {
    assert.deepEqual(strategyOf(kind).warnings?.(object(of)), warnings);
  });

test('fields of the claim that a volume refers to have owners of their own', () => {
  const volume = registry.find(({ kind }) => kind === 'PersistentVolume')?.schema.root;
  const node = (of: typeof volume, name: string) => (of?.kind === 'struct' ? of.fields.get(name)?.node : undefined);
  const claim = node(node(volume, 'spec'), 'claimRef');
  assert.ok(claim?.kind === 'struct' && !claim.atomic);
});
