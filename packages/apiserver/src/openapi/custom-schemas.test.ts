/** Schemas of custom resources as v2 and v3 publish them; the rules are those of Kubernetes' own apiextensions server. */
import { strict as assert } from 'node:assert';
import { after, before, describe, test } from 'node:test';
import { type TestServer, startTestServer } from '../testing/test-server.ts';

const CRDS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
const TYPE = 'com.example.v1.Thing';

const definitionOf = (openAPIV3Schema: object) => ({
  metadata: { name: 'things.example.com' },
  spec: {
    group: 'example.com',
    scope: 'Namespaced',
    names: { plural: 'things', kind: 'Thing' },
    versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema } }],
  },
});

describe('the schema of a custom resource', { timeout: 60_000 }, () => {
  let server: TestServer;
  before(async () => {
    server = await startTestServer();
  });
  after(() => server.close());

  /** As both documents have it. */
  async function published(schema: object) {
    const { status, text } = await server.ask('POST', CRDS, definitionOf(schema));
    assert.equal(status, 201, text);
    const served = async (path: string) => {
      for (;;) {
        const { status: found, body } = await server.ask('GET', path);
        const type = found === 200 && (body.definitions ?? body.components.schemas)[TYPE];
        if (type) return type;
        await new Promise((resolve) => setImmediate(resolve));
      }
    };
    const [v2, v3] = [await served('/openapi/v2'), await served('/openapi/v3/apis/example.com/v1')];
    await server.ask('DELETE', `${CRDS}/things.example.com`);
    while ((await server.ask('GET', `${CRDS}/things.example.com`)).status !== 404);
    return { v2, v3 };
  }

  const KIND = [{ group: 'example.com', version: 'v1', kind: 'Thing' }];

  test('has what every object has, and says what its metadata are', async () => {
    const { v2, v3 } = await published({ type: 'object', properties: { spec: { type: 'object' } } });
    for (const { properties } of [v2, v3])
      assert.deepEqual(Object.keys(properties).toSorted(), ['apiVersion', 'kind', 'metadata', 'spec']);
    const { description, allOf } = v3.properties.metadata;
    assert.match(description, /^Standard object's metadata\. /);
    assert.deepEqual(allOf, [{ $ref: '#/components/schemas/io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta' }]);
  });

  test('is no more than an object to clients of v2 where anything may stand', async () => {
    const { v2, v3 } = await published({ type: 'object', 'x-kubernetes-preserve-unknown-fields': true });
    assert.deepEqual(v2, { type: 'object', 'x-kubernetes-group-version-kind': KIND });
    assert.equal(v3['x-kubernetes-preserve-unknown-fields'], true);
    assert.ok(v3.properties.metadata);
  });

  test('leaves out for v2 what its clients would take for more than it is', async () => {
    const { v2, v3 } = await published({
      type: 'object',
      required: ['spec'],
      properties: {
        spec: {
          type: 'object',
          required: ['perhaps', 'count'],
          properties: {
            perhaps: { type: 'object', nullable: true, properties: { a: { type: 'string' } } },
            count: { type: 'integer', default: 1, not: { enum: [7] }, anyOf: [{ minimum: 1 }, { maximum: -1 }] },
            any: {
              type: 'object',
              'x-kubernetes-preserve-unknown-fields': true,
              properties: { a: { type: 'string' } },
            },
            map: { type: 'object', additionalProperties: { type: 'string' } },
          },
        },
      },
    });
    assert.deepEqual(v2.required, ['spec']);
    assert.deepEqual(v2.properties.spec, {
      type: 'object',
      required: ['count'],
      properties: {
        perhaps: {},
        count: { type: 'integer', default: 1 },
        any: { 'x-kubernetes-preserve-unknown-fields': true },
        map: { type: 'object', additionalProperties: { type: 'string' } },
      },
    });
    assert.equal(v3.properties.spec.properties.perhaps.nullable, true);
    assert.deepEqual(v3.properties.spec.properties.count.not, { enum: [7] });
  });

  test('gives an object in an object the fields of objects', async () => {
    const embedded = { type: 'object', 'x-kubernetes-embedded-resource': true, properties: { a: { type: 'string' } } };
    const { v2, v3 } = await published({ type: 'object', properties: { inner: embedded } });
    for (const { inner } of [v2.properties, v3.properties]) {
      assert.deepEqual(Object.keys(inner.properties).toSorted(), ['a', 'apiVersion', 'kind', 'metadata']);
      assert.deepEqual(inner.required, ['kind', 'apiVersion']);
    }
  });
});
