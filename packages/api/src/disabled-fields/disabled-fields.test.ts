/** What becomes of fields whose feature is off: see table.ts for which they are. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KubernetesObject } from '@mkube/apimachinery';
import { typeFacts } from '../facts.ts';
import { registry } from '../registry.ts';
import { disabledFeatures } from './table.ts';

const now = new Date('2026-01-02T03:04:05Z');
const containers = [{ name: 'c', image: 'i' }];

function strategyOf(group: string, kind: string) {
  const definition = registry.find((d) => d.group === group && d.kind === kind);
  assert.ok(definition);
  return definition.strategy;
}

const podOf = (spec: object): KubernetesObject & { spec: object } => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'p', namespace: 'default', uid: 'u', resourceVersion: '1', creationTimestamp: '' },
  spec: { containers, ...spec },
});
const specOf = (object: KubernetesObject | undefined) => (object as { spec?: Record<string, unknown> }).spec;

test('a new object loses the fields of features that are off', () => {
  const { prepareForCreate } = strategyOf('', 'Pod');
  const pod = podOf({
    workloadRef: { name: 'w', podGroup: 'g' },
    volumes: [
      { name: 'v', projected: { sources: [{ clusterTrustBundle: { path: 'a' } }, { secret: { name: 's' } }] } },
    ],
  });
  assert.deepEqual(specOf(prepareForCreate?.(pod, { now })), {
    containers,
    volumes: [{ name: 'v', projected: { sources: [{}, { secret: { name: 's' } }] } }],
  });
});

test('a parent that holds nothing else goes along, and one that does stays', () => {
  const { prepareForCreate } = strategyOf('', 'Pod');
  const hook = { exec: { command: ['true'] } };
  const pod = podOf({
    containers: [
      { name: 'a', lifecycle: { stopSignal: 'SIGINT' } },
      { name: 'b', lifecycle: { stopSignal: 'SIGINT', preStop: hook } },
    ],
  });
  assert.deepEqual(specOf(prepareForCreate?.(pod, { now })), {
    containers: [{ name: 'a' }, { name: 'b', lifecycle: { preStop: hook } }],
  });
});

test('what the stored object has may be written again', () => {
  const { prepareForUpdate } = strategyOf('', 'Pod');
  const used = podOf({ workloadRef: { name: 'w', podGroup: 'g' } });
  const changed = podOf({ workloadRef: { name: 'other', podGroup: 'g' } });
  assert.equal(specOf(prepareForUpdate?.(changed, used, { now })), specOf(changed));
  assert.deepEqual(specOf(prepareForUpdate?.(changed, podOf({}), { now })), { containers });
});

test('fields of one feature stay together, and values of maps are looked into', () => {
  const { prepareForUpdate } = strategyOf('resource.k8s.io', 'ResourceSlice');
  const sliceOf = (device: object) => podOf({ containers: undefined, devices: [{ name: 'd', ...device }] });
  const next = sliceOf({ capacity: { m: { value: '1', requestPolicy: { default: '1' } } } });
  const used = sliceOf({ allowMultipleAllocations: true });
  assert.equal(specOf(prepareForUpdate?.(next, used, { now })), specOf(next));
  const fresh = specOf(prepareForUpdate?.(next, sliceOf({}), { now }));
  assert.deepEqual(fresh?.['devices'], [{ name: 'd', capacity: { m: { value: '1' } } }]);
});

test('an object without such fields is not copied', () => {
  const { prepareForUpdate } = strategyOf('apps', 'Deployment');
  const object = podOf({ template: { spec: { containers } } });
  assert.equal(prepareForUpdate?.(object, object, { now }), object);
});

test('every path of the table leads to a field of its kind', () => {
  for (const [name, features] of Object.entries(disabledFeatures)) {
    const [kind = '', group = ''] = name.split('/').toReversed();
    const type = registry.find((d) => d.group === group && d.kind === kind)?.type;
    for (const field of features.flatMap(({ fields }) => fields)) {
      let at = type;
      for (const step of field.split('.')) {
        const of = typeFacts(at ?? '')?.fields?.[step.replace(/\W+$/, '')];
        assert.ok(of, `${name} has no ${field}`);
        at = of.ref ?? of.items?.ref ?? of.values?.ref;
      }
    }
  }
});
