/** Custom resources: defined, served like any other, pruned, defaulted, validated, versioned, and gone with their definition. */
import { strict as assert } from 'node:assert';
import { after, before, describe, test } from 'node:test';
import { decodeProtobufBody } from './encode/protobuf.ts';
import { type TestServer, startTestServer } from './testing/test-server.ts';

const CRDS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
const ROOT = '/apis/example.com/v1/namespaces/default/widgets';
const MERGE = { headers: { 'content-type': 'application/merge-patch+json' } };
const APPLY = { headers: { 'content-type': 'application/apply-patch+yaml' } };

const schema = {
  type: 'object',
  required: ['spec'],
  properties: {
    spec: {
      type: 'object',
      required: ['size'],
      properties: {
        size: { type: 'integer', minimum: 1, maximum: 10 },
        color: { type: 'string', enum: ['red', 'blue'], default: 'red' },
        note: { type: 'string', maxLength: 5, nullable: true },
        port: { 'x-kubernetes-int-or-string': true },
        free: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
        parts: {
          type: 'array',
          'x-kubernetes-list-type': 'map',
          'x-kubernetes-list-map-keys': ['name'],
          items: {
            type: 'object',
            required: ['name'],
            properties: { name: { type: 'string' }, weight: { type: 'integer', default: 1 } },
          },
        },
      },
    },
    status: { type: 'object', properties: { ready: { type: 'boolean' }, replicas: { type: 'integer' } } },
  },
};

const crd = (plural = 'widgets', kind = 'Widget') => ({
  metadata: { name: `${plural}.example.com` },
  spec: {
    group: 'example.com',
    scope: 'Namespaced',
    names: { plural, kind, shortNames: [plural.slice(0, 2)] },
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        schema: { openAPIV3Schema: schema },
        subresources: { status: {}, scale: { specReplicasPath: '.spec.size', statusReplicasPath: '.status.replicas' } },
        selectableFields: [{ jsonPath: '.spec.color' }],
        additionalPrinterColumns: [
          { name: 'Size', type: 'integer', jsonPath: '.spec.size' },
          { name: 'First', type: 'string', jsonPath: '.spec.parts[?(@.name=="b")].weight' },
          { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
        ],
      },
      { name: 'v1beta1', served: true, storage: false, deprecated: true, schema: { openAPIV3Schema: schema } },
    ],
  },
});

describe('custom resources', () => {
  let server: TestServer;
  before(async () => {
    server = await startTestServer();
    await define(crd());
  });
  after(() => server.close());

  async function define(object: ReturnType<typeof crd>): Promise<void> {
    const created = await server.ask('POST', CRDS, object);
    assert.equal(created.status, 201, created.text);
    await conditionOf(object.metadata.name, 'Established', 'True');
  }

  async function conditionOf(name: string, type: string, status: string): Promise<void> {
    const watch = await server.watch(`${CRDS}?watch=true&fieldSelector=metadata.name%3D${name}`);
    for (;;) {
      const event = await watch.next();
      assert.ok(event, 'the watch ended');
      const found = event.object.status?.conditions?.find((c: { type: string }) => c.type === type);
      if (found?.status === status) break;
    }
    watch.close();
  }

  const widget = (name: string, spec: object = {}) => ({
    apiVersion: 'example.com/v1',
    kind: 'Widget',
    metadata: { name },
    spec: { size: 3, ...spec },
  });

  test('names are completed and accepted', async () => {
    const { body } = await server.ask('GET', `${CRDS}/widgets.example.com`);
    assert.deepEqual(body.status.acceptedNames, {
      plural: 'widgets',
      singular: 'widget',
      shortNames: ['wi'],
      kind: 'Widget',
      listKind: 'WidgetList',
    });
    assert.deepEqual(body.status.storedVersions, ['v1']);
  });

  test('objects are pruned and defaulted, and unknown fields reported', async () => {
    const { status, body, headers } = await server.ask(
      'POST',
      ROOT,
      widget('a', { bogus: 1, free: { any: { thing: 1 } }, parts: [{ name: 'b' }], port: '80' }),
    );
    assert.equal(status, 201);
    assert.deepEqual(body.spec, {
      size: 3,
      free: { any: { thing: 1 } },
      parts: [{ name: 'b', weight: 1 }],
      port: '80',
      color: 'red',
    });
    assert.equal(body.metadata.generation, 1);
    assert.deepEqual(headers['warning'], ['299 - "unknown field \\"spec.bogus\\""']);
    const strict = await server.ask('POST', `${ROOT}?fieldValidation=Strict`, widget('b', { bogus: 1 }));
    assert.equal(strict.status, 400);
    assert.match(strict.body.message, /strict decoding error: unknown field "spec.bogus"/);
  });

  test('objects are validated in Kubernetes’ words', async () => {
    const faultOf = async (spec: object) =>
      (await server.ask('POST', ROOT, widget('bad', spec))).body.message as string;
    assert.equal(
      await faultOf({ size: 'x' }),
      'Widget.example.com "bad" is invalid: [spec.size: Invalid value: "string": spec.size in body must be of type integer: "string", .spec.size: Invalid value: 0: .spec.size accessor error: x is of the type string, expected int64]',
    );
    assert.match(
      await faultOf({ size: 11 }),
      /spec.size: Invalid value: 11: spec.size in body should be less than or equal to 10/,
    );
    assert.match(
      await faultOf({ color: 'green' }),
      /spec.color: Unsupported value: "green": supported values: "red", "blue"/,
    );
    assert.match(await faultOf({ note: 'too long' }), /spec.note: Too long: may not be more than 5 bytes/);
    assert.match(await faultOf({ size: undefined }), /spec.size: Required value/);
    assert.match(
      await faultOf({ parts: [{ name: 'a' }, { name: 'a' }] }),
      /spec.parts\[1\]: Duplicate value: \{"name":"a"\}/,
    );
    assert.equal((await server.ask('POST', ROOT, widget('null', { note: null }))).status, 201);
  });

  const of = (rest: object) => JSON.stringify({ ...widget('typed'), ...rest });
  const untyped: [what: string, body: string, status: number, message: string | RegExp][] = [
    ['no object', '[]', 400, /cannot unmarshal array into Go value of type struct .* \(5b5d\)$/],
    ['null', 'null', 400, /\(must be of type Widget\): Object 'Kind' is missing in 'null' \(6e756c6c\)$/],
    [
      'without a kind',
      of({ kind: undefined }),
      400,
      /Object 'Kind' is missing in '\{"apiVersion":"example.com\/v1","meta/,
    ],
    [
      'without a version',
      of({ apiVersion: undefined }),
      400,
      'the API version in the data () does not match the expected API version (example.com/v1)',
    ],
    ['of no version', of({ apiVersion: 'a/b/c' }), 400, /unexpected GroupVersion string: a\/b\/c/],
    [
      'of another kind',
      of({ kind: 'Other' }),
      422,
      'Other.example.com "typed" is invalid: kind: Invalid value: "Other": must be Widget',
    ],
    [
      'wrong metadata',
      of({ metadata: { name: 'x', creationTimestamp: 'y' } }),
      400,
      'Widget in version "v1" cannot be handled as a Widget: parsing time "y" as "2006-01-02T15:04:05Z07:00": cannot parse "y" as "2006"',
    ],
  ];
  for (const [what, text, status, message] of untyped)
    test(`a body of a custom resource: ${what}`, async () => {
      const { body } = await server.ask('POST', ROOT, text);
      assert.equal(body.code, status, body.message);
      if (typeof message === 'string') assert.equal(body.message, message);
      else assert.match(body.message, message);
    });

  test('a patch that cannot be decoded is shown as what it would have made', async () => {
    const { uid, resourceVersion, creationTimestamp } = (await server.ask('POST', ROOT, widget('shown'))).body.metadata;
    const faultOf = async (patch: object) =>
      (await server.ask('PATCH', `${ROOT}/shown?fieldManager=f`, patch, MERGE)).body.message as string;
    const shown = await faultOf({ metadata: { managedFields: [{}], labels: { a: 1 } } });
    const head = '{"apiVersion":"example.com/v1","kind":"Widget","metadata":';
    const metadata = { creationTimestamp, generation: 1, labels: { a: 1 }, managedFields: [{}], name: 'shown' };
    const made = `${head}${JSON.stringify({ ...metadata, namespace: 'default', resourceVersion, uid })}`;
    assert.ok(shown.startsWith(` "" is invalid: patch: Invalid value: ${JSON.stringify(made).slice(0, -1)}`), shown);
    assert.match(shown, /json: cannot unmarshal number into Go struct field ObjectMeta.labels of type string$/);
    assert.equal(
      await faultOf({ kind: 'Other' }),
      'Other.example.com "shown" is invalid: kind: Invalid value: "Other": must be Widget',
    );
    assert.equal(
      await faultOf({ apiVersion: 'v9' }),
      'Widget "shown" is invalid: apiVersion: Invalid value: "v9": must be example.com/v1',
    );
  });

  test('status, scale and generation work as for built-in kinds', async () => {
    await server.ask('POST', ROOT, { ...widget('s'), status: { ready: true } });
    const status = await server.ask(
      'PATCH',
      `${ROOT}/s/status`,
      { spec: { size: 9 }, status: { ready: true, replicas: 2 } },
      MERGE,
    );
    assert.deepEqual(
      [status.body.spec.size, status.body.status, status.body.metadata.generation],
      [3, { ready: true, replicas: 2 }, 1],
    );
    const spec = await server.ask('PATCH', `${ROOT}/s`, { spec: { size: 4 }, status: { ready: false } }, MERGE);
    assert.deepEqual([spec.body.spec.size, spec.body.status.ready, spec.body.metadata.generation], [4, true, 2]);
    const scaled = await server.ask('PATCH', `${ROOT}/s/scale`, { spec: { replicas: 5 } }, MERGE);
    assert.deepEqual([scaled.body.spec, scaled.body.status], [{ replicas: 5 }, { replicas: 2 }]);
    const scale = { apiVersion: 'autoscaling/v1', kind: 'Scale', metadata: { name: 's' }, spec: { replicas: 6 } };
    const apply = (query: string) => server.ask('PATCH', `${ROOT}/s/scale?fieldManager=m${query}`, scale, APPLY);
    assert.match((await apply('')).body.message, /with subresource "scale" using autoscaling\/v1: .spec.replicas$/);
    assert.deepEqual((await apply('&force=true')).body.spec, { replicas: 6 });
    const { body: applied } = await server.ask('GET', `${ROOT}/s`);
    assert.equal(applied.spec.size, 6);
    const owners = applied.metadata.managedFields as { subresource?: string; fieldsV1: unknown }[];
    assert.deepEqual(owners.find(({ subresource }) => subresource === 'scale')?.fieldsV1, {
      'f:spec': { 'f:size': {} },
    });
    assert.equal(
      (
        await server.ask(
          'PATCH',
          `${ROOT}/s`,
          {},
          { headers: { 'content-type': 'application/strategic-merge-patch+json' } },
        )
      ).status,
      415,
    );
    assert.equal((await server.ask('PUT', `${ROOT}/s`, widget('s'))).status, 422, 'an update must name its revision');
    assert.equal(
      (await server.ask('GET', `${ROOT}/s`, undefined, { headers: { accept: 'application/vnd.kubernetes.protobuf' } }))
        .status,
      406,
    );
  });

  test('apply merges lists by their keys', async () => {
    const apply = (manager: string, parts: object[]) =>
      server.ask('PATCH', `${ROOT}/ssa?fieldManager=${manager}`, widget('ssa', { parts }), {
        headers: { 'content-type': 'application/apply-patch+yaml' },
      });
    assert.equal((await apply('one', [{ name: 'x', weight: 2 }])).status, 201);
    const both = await apply('two', [{ name: 'y', weight: 3 }]);
    assert.deepEqual(both.body.spec.parts, [
      { name: 'x', weight: 2 },
      { name: 'y', weight: 3 },
    ]);
  });

  test('metadata alone come in protobuf as well, which the objects have not', async () => {
    await server.ask('POST', ROOT, widget('packed'));
    const protobuf = 'application/vnd.kubernetes.protobuf';
    const ask = (path: string, accept: string) => server.ask('GET', path, undefined, { headers: { accept } });
    const as = (kind: string) => `${protobuf};as=${kind};g=meta.k8s.io;v=v1`;
    const one = await ask(`${ROOT}/packed`, as('PartialObjectMetadata'));
    assert.deepEqual([one.status, one.headers['content-type']], [200, protobuf]);
    const object = decodeProtobufBody(one.bytes) as { kind: string; metadata: { name: string; uid: string } };
    assert.deepEqual([object.kind, object.metadata.name], ['PartialObjectMetadata', 'packed']);
    const list = await ask(ROOT, `${as('PartialObjectMetadataList')},application/json`);
    const { kind, items } = decodeProtobufBody(list.bytes) as { kind: string; items: { metadata: { uid: string } }[] };
    assert.equal(kind, 'PartialObjectMetadataList');
    assert.ok(items.some(({ metadata }) => metadata.uid === object.metadata.uid));
    const whole = await ask(`${ROOT}/packed`, `${protobuf},application/json`);
    assert.deepEqual([whole.headers['content-type'], whole.body.kind], ['application/json', 'Widget']);
    assert.equal((await ask(`${ROOT}/packed`, protobuf)).status, 406);
    assert.equal((await ask(`${ROOT}/packed`, as('Table'))).status, 406);
  });

  test('Tables, selectors, lists and watches', async () => {
    const table = await server.ask('GET', `${ROOT}/a`, undefined, {
      headers: { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' },
    });
    assert.deepEqual(
      table.body.columnDefinitions.map((c: { name: string }) => c.name),
      ['Name', 'Size', 'First', 'Age'],
    );
    assert.deepEqual(table.body.rows[0].cells.slice(0, 3), ['a', 3, '1']);
    await server.ask('POST', ROOT, widget('blue', { color: 'blue' }));
    const list = await server.ask('GET', `${ROOT}?fieldSelector=spec.color%3Dblue`);
    assert.equal(list.body.kind, 'WidgetList');
    assert.deepEqual(
      list.body.items.map((i: { kind: string; metadata: { name: string } }) => `${i.kind} ${i.metadata.name}`),
      ['Widget blue'],
    );
    const wrong = await server.ask('GET', `${ROOT}?fieldSelector=spec.size%3D3`);
    assert.equal(wrong.body.message, 'field label not supported: spec.size');
    const watch = await server.watch(`${ROOT}?watch=true&fieldSelector=spec.color%3Dblue`);
    assert.deepEqual(await watch.nextNames(1), ['ADDED blue']);
    await server.ask('DELETE', `${ROOT}/blue`);
    assert.deepEqual(await watch.nextNames(1), ['DELETED blue']);
    watch.close();
  });

  test('another version is the same object, and a deprecated one says so', async () => {
    const other = await server.ask('GET', '/apis/example.com/v1beta1/namespaces/default/widgets/a');
    assert.equal(other.body.apiVersion, 'example.com/v1beta1');
    assert.deepEqual(other.headers['warning'], ['299 - "example.com/v1beta1 Widget is deprecated"']);
    const made = await server.ask('POST', '/apis/example.com/v1beta1/namespaces/default/widgets', {
      apiVersion: 'example.com/v1beta1',
      kind: 'Widget',
      metadata: { name: 'beta' },
      spec: { size: 1 },
    });
    assert.equal(made.status, 201, made.text);
    assert.equal((await server.ask('GET', `${ROOT}/beta`)).body.apiVersion, 'example.com/v1');
  });

  test('discovery and OpenAPI know them', async () => {
    const { body } = await server.ask('GET', '/apis/example.com/v1');
    assert.deepEqual(
      body.resources.map((r: { name: string }) => r.name),
      ['widgets', 'widgets/status', 'widgets/scale'],
    );
    const index = await server.ask('GET', '/openapi/v3');
    const url = index.body.paths['apis/example.com/v1'].serverRelativeURL as string;
    const document = await server.ask('GET', url);
    assert.equal(document.body.components.schemas['com.example.v1.Widget'].properties.spec.properties.size.maximum, 10);
    const parameters = document.body.paths['/apis/example.com/v1/namespaces/{namespace}/widgets'].post.parameters;
    assert.ok(parameters.some((p: { name: string }) => p.name === 'fieldValidation'));
    const v2 = await server.ask('GET', '/openapi/v2');
    assert.ok(v2.body.definitions['com.example.v1.WidgetList']);
  });

  test('a schema that is not structural is refused', async () => {
    const bad = crd('gadgets', 'Gadget');
    const [version] = bad.spec.versions;
    assert.ok(version);
    version.schema = {
      openAPIV3Schema: { type: 'object', properties: { spec: { properties: { a: { type: 'string' } } } } } as never,
    };
    const answer = await server.ask('POST', CRDS, bad);
    assert.equal(answer.status, 422);
    assert.match(
      answer.body.message,
      /spec.versions\[0\].schema.openAPIV3Schema.properties\[spec\].type: Required value: must not be empty for specified object fields/,
    );
  });

  test('names that another definition has are not accepted until they are free', async () => {
    const second = crd('wigs', 'Wig');
    await server.ask('POST', CRDS, second);
    await conditionOf('wigs.example.com', 'NamesAccepted', 'False');
    const { body } = await server.ask('GET', `${CRDS}/wigs.example.com`);
    assert.equal(
      body.status.conditions.find((c: { type: string }) => c.type === 'NamesAccepted').reason,
      'ShortNamesConflict',
    );
    await server.ask('DELETE', `${CRDS}/wigs.example.com`);
  });

  test('a changed schema counts at once, for what is stored too', async () => {
    const { body } = await server.ask('GET', `${CRDS}/widgets.example.com`);
    const [version] = body.spec.versions;
    version.schema.openAPIV3Schema.properties.spec.properties.added = { type: 'string', default: 'new' };
    assert.equal((await server.ask('PUT', `${CRDS}/widgets.example.com`, body)).status, 200);
    const read = await server.ask('GET', `${ROOT}/a`);
    assert.equal(read.body.spec.added, 'new');
  });

  test('what a stricter schema would refuse stays where it is left alone', async () => {
    await server.ask('POST', ROOT, widget('loose', { note: 'abcde' }));
    const { body } = await server.ask('GET', `${CRDS}/widgets.example.com`);
    body.spec.versions[0].schema.openAPIV3Schema.properties.spec.properties.note.maxLength = 2;
    assert.equal((await server.ask('PUT', `${CRDS}/widgets.example.com`, body)).status, 200);
    const other = await server.ask('PATCH', `${ROOT}/loose`, { spec: { color: 'blue' } }, MERGE);
    assert.equal(other.status, 200, other.text);
    const same = await server.ask('PATCH', `${ROOT}/loose`, { spec: { note: 'abcd' } }, MERGE);
    assert.equal(same.body.message.split(' is invalid: ')[1], 'spec.note: Too long: may not be more than 2 bytes');
  });

  test('a deleted definition takes its objects along, after their finalizers', async () => {
    await server.ask('POST', ROOT, { ...widget('held'), metadata: { name: 'held', finalizers: ['example.com/hold'] } });
    const deleted = await server.ask('DELETE', `${CRDS}/widgets.example.com`);
    assert.equal(deleted.status, 200);
    assert.ok(deleted.body.metadata.deletionTimestamp);
    const refused = await server.ask('POST', ROOT, widget('late'));
    assert.equal(refused.status, 405);
    assert.equal(refused.body.message, 'create not allowed while custom resource definition is terminating');
    // its own finalizer has no slash, and must not stand in the way of those who go on writing to it
    const labelled = await server.ask(
      'PATCH',
      `${CRDS}/widgets.example.com`,
      { metadata: { labels: { a: 'b' } } },
      MERGE,
    );
    assert.equal(labelled.status, 200, labelled.text);
    assert.deepEqual(labelled.body.metadata.finalizers, ['customresourcecleanup.apiextensions.k8s.io']);
    const watch = await server.watch(
      `${CRDS}?watch=true&fieldSelector=metadata.name%3Dwidgets.example.com&resourceVersion=${labelled.body.metadata.resourceVersion}`,
    );
    assert.equal((await server.ask('PATCH', `${ROOT}/held`, { metadata: { finalizers: null } }, MERGE)).status, 200);
    for (let event = await watch.next(); event?.type !== 'DELETED'; event = await watch.next()) assert.ok(event);
    watch.close();
    assert.equal((await server.ask('GET', ROOT)).status, 404);
    assert.equal((await server.ask('GET', '/apis/example.com')).status, 404);
    assert.deepEqual((await server.store.list({ prefix: '/registry/example.com/' })).items, []);
  });
});

test('custom resources are there again after a restart', async () => {
  const first = await startTestServer();
  await first.ask('POST', CRDS, crd());
  const watch = await first.watch(`${CRDS}?watch=true`);
  for (
    let event = await watch.next();
    !event?.object.status.conditions?.some(
      (c: { type: string; status: string }) => c.type === 'Established' && c.status === 'True',
    );
    event = await watch.next()
  )
    assert.ok(event);
  watch.close();
  const created = await first.ask('POST', ROOT, {
    apiVersion: 'example.com/v1',
    kind: 'Widget',
    metadata: { name: 'kept' },
    spec: { size: 2 },
  });
  assert.equal(created.status, 201, created.text);
  const second = await startTestServer({ store: first.store });
  assert.deepEqual((await second.ask('GET', `${ROOT}/kept`)).body, created.body);
  await second.close();
  await first.close();
});

test('what is wrong with definitions and their objects is said as Kubernetes says it', async () => {
  const server = await startTestServer();
  const path = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
  const keyed = {
    type: 'array',
    'x-kubernetes-list-type': 'map',
    'x-kubernetes-list-map-keys': ['name'],
    items: { type: 'object', required: ['name'], properties: { name: { type: 'string' } } },
  };
  const properties = { keyed, replicas: { type: 'integer' }, odd: { type: 'string', format: 'nonsense' } };
  const scale = { specReplicasPath: '.spec.replicas', statusReplicasPath: '.status.replicas' };
  const definition = (schema: object) => ({
    metadata: { name: 'things.ex.io' },
    spec: {
      group: 'ex.io',
      scope: 'Cluster',
      names: { plural: 'things', kind: 'Thing' },
      versions: [
        { name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: schema }, subresources: { scale } },
      ],
    },
  });
  const wrong = await server.ask('POST', path, definition({ type: 'string' }));
  assert.match(wrong.body.message, /is invalid: spec.validation.openAPIV3Schema.type: Invalid value: "string"/);
  const made = await server.ask(
    'POST',
    path,
    definition({ type: 'object', properties: { spec: { type: 'object', properties } } }),
  );
  assert.equal(String(made.headers['warning']), '299 - "unrecognized format \\"nonsense\\""');
  const things = '/apis/ex.io/v1/things';
  const served = await server.watch(`${path}?watch=1&fieldSelector=metadata.name%3Dthings.ex.io`);
  const isEstablished = (of: { type: string; status: string }): boolean =>
    of.type === 'Established' && of.status === 'True';
  while (!(await served.next())?.object.status?.conditions?.some(isEstablished));
  served.close();
  const thing = { apiVersion: 'ex.io/v1', kind: 'Thing', metadata: { name: 't' }, spec: { replicas: 1 } };
  const keyless = await server.ask('POST', things, { ...thing, spec: { keyed: [{}] } });
  assert.deepEqual(
    [keyless.status, keyless.body.message],
    [422, 'Thing.ex.io "t" is invalid: spec.keyed[0].name: Required value'],
  );
  await server.ask('POST', things, thing);
  const unversioned = await server.ask('PUT', `${things}/t`, thing);
  assert.equal(
    unversioned.body.message,
    'things.ex.io "t" is invalid: metadata.resourceVersion: Invalid value: 0: must be specified for an update',
  );
  const headers = { 'content-type': 'application/merge-patch+json' };
  const published = await server.ask('GET', '/openapi/v3/apis/ex.io/v1');
  const { metadata, kind } = published.body.components.schemas['io.ex.v1.Thing'].properties;
  assert.match(kind.description, /^Kind is a string value/);
  assert.deepEqual(Object.keys(metadata).toSorted(), ['allOf', 'description']);
  const negative = await server.ask('PATCH', `${things}/t/scale`, { spec: { replicas: -4 } }, { headers });
  assert.equal(
    negative.body.message,
    'Thing.ex.io "t" is invalid: .spec.replicas: Invalid value: -4: should be a non-negative integer',
  );
  await server.close();
});
