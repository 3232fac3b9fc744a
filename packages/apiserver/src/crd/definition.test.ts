import { strict as assert } from 'node:assert';
import { test } from 'node:test';
import type { CustomResourceDefinition } from '@mkube/api';
import { type FieldError, type KubernetesObject, formatFieldError } from '@mkube/apimachinery';
import { definitionsOf } from './definition.ts';

const widgetsOf = (versions: object[]) =>
  definitionsOf({
    metadata: { name: 'uwidgets.wire.example.com', uid: 'u' },
    spec: {
      group: 'wire.example.com',
      scope: 'Namespaced',
      names: { plural: 'uwidgets', kind: 'UWidget' },
      versions,
    },
  } as CustomResourceDefinition);
const schema = { openAPIV3Schema: { type: 'object' } };

test('every version tells the same storage, by the hash that Kubernetes gives it', () => {
  const definitions = widgetsOf([
    { name: 'v1', served: true, storage: true, schema },
    { name: 'v1beta1', served: true, storage: false, schema },
  ]);
  // recorded from kube-apiserver 1.35
  assert.deepEqual(
    definitions.map(({ storageVersionHash }) => storageVersionHash),
    ['AMADf1QIM9Q=', 'AMADf1QIM9Q='],
  );
});

test('replicas of a scale subresource are counts, whatever the schema says of them', () => {
  const scale = { specReplicasPath: '.spec.size', statusReplicasPath: '.status.size' };
  const [definition] = widgetsOf([{ name: 'v1', served: true, storage: true, schema, subresources: { scale } }]);
  const widget = { spec: { size: -1 }, status: { size: 2 ** 31 } } as unknown as KubernetesObject;
  const { validate, validateStatus } = definition?.strategy ?? {};
  const texts = (faults: readonly FieldError[] = []) => faults.map(formatFieldError);
  assert.deepEqual(texts(validate?.(widget)), [
    '.spec.size: Invalid value: -1: should be a non-negative integer',
    '.status.size: Invalid value: 2147483648: should be less than or equal to 2147483647',
  ]);
  assert.deepEqual(texts(validateStatus?.(widget, widget)), [
    '.status.size: Invalid value: 2147483648: should be less than or equal to 2147483647',
  ]);
});
