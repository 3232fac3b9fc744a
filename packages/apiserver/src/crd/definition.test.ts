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

test('what is no count or no selector is said to be none, by the way to it', () => {
  const scale = {
    specReplicasPath: '.spec.size',
    statusReplicasPath: '.status.size',
    labelSelectorPath: '.status.sel',
  };
  const [definition] = widgetsOf([{ name: 'v1', served: true, storage: true, schema, subresources: { scale } }]);
  const texts = (widget: object) =>
    (definition?.strategy.validate?.(widget as KubernetesObject) ?? []).map(formatFieldError);
  assert.deepEqual(texts({ spec: [], status: { size: 'x', sel: { a: [1, 'b'] } } }), [
    '.spec.size: Invalid value: 0: .spec.size accessor error: [] is of the type []interface {}, expected map[string]interface{}',
    '.status.size: Invalid value: 0: .status.size accessor error: x is of the type string, expected int64',
    '.status.sel: Invalid value: "": .status.sel accessor error: map[a:[1 b]] is of the type map[string]interface {}, expected string',
  ]);
  assert.deepEqual(texts({ spec: { size: 1.5 } }), [
    '.spec.size: Invalid value: 0: .spec.size accessor error: 1.5 is of the type float64, expected int64',
  ]);
  assert.deepEqual(texts({ spec: null, status: {} }), []);
});

test('a finalizer that says nothing of whose it is gets a warning when it comes', () => {
  const [definition] = widgetsOf([{ name: 'v1', served: true, storage: true, schema }]);
  const widget = (...finalizers: string[]) => ({ metadata: { finalizers } }) as unknown as KubernetesObject;
  const { warnings } = definition?.strategy ?? {};
  assert.deepEqual(warnings?.(widget('plain', 'a.b', 'x.io/y', 'orphan')), [
    'metadata.finalizers: "a.b": prefer a domain-qualified finalizer name including a path (/) to avoid accidental conflicts with other finalizer writers',
    'metadata.finalizers: "plain": prefer a domain-qualified finalizer name to avoid accidental conflicts with other finalizer writers',
  ]);
  assert.deepEqual(warnings?.(widget('plain'), widget('plain')), []);
});

test('a column of dates shows none of what is no time', () => {
  const additionalPrinterColumns = [{ name: 'D', type: 'date', jsonPath: '.spec.d' }];
  const [definition] = widgetsOf([{ name: 'v1', served: true, storage: true, schema, additionalPrinterColumns }]);
  const cell = (spec: object) =>
    definition?.strategy.cells?.({ metadata: { name: 'a' }, spec } as unknown as KubernetesObject, new Date(5000))[1];
  assert.equal(cell({ d: '1970-01-01T00:00:00Z' }), '5s');
  assert.equal(cell({ d: '12' }), '<invalid>');
  assert.equal(cell({ d: 12 }), '<invalid>');
  assert.equal(cell({}), null);
});
