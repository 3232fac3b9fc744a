import { strict as assert } from 'node:assert';
import { test } from 'node:test';
import type { CustomResourceDefinition } from '@mkube/api';
import { definitionsOf } from './definition.ts';

test('every version tells the same storage, by the hash that Kubernetes gives it', () => {
  const schema = { openAPIV3Schema: { type: 'object' } };
  const definitions = definitionsOf({
    metadata: { name: 'uwidgets.wire.example.com', uid: 'u' },
    spec: {
      group: 'wire.example.com',
      scope: 'Namespaced',
      names: { plural: 'uwidgets', kind: 'UWidget' },
      versions: [
        { name: 'v1', served: true, storage: true, schema },
        { name: 'v1beta1', served: true, storage: false, schema },
      ],
    },
  } as CustomResourceDefinition);
  // recorded from kube-apiserver 1.35
  assert.deepEqual(
    definitions.map(({ storageVersionHash }) => storageVersionHash),
    ['AMADf1QIM9Q=', 'AMADf1QIM9Q='],
  );
});
