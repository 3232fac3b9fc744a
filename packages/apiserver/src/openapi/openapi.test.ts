/** The forms of the OpenAPI documents: who gets which, and that the protobuf ones say what the JSON ones say. */
import { strict as assert } from 'node:assert';
import { after, before, describe, test } from 'node:test';
import { type TestServer, startTestServer } from '../testing/test-server.ts';

const of = (version: number, sign = '@') => `application/com.github.proto-openapi.spec.v${version}${sign}v1.0+protobuf`;

/** Fields of a message by number: bytes of those that have a length, numbers of the others. */
function fieldsOf(bytes: Buffer): Map<number, (Buffer | number)[]> {
  const fields = new Map<number, (Buffer | number)[]>();
  let at = 0;
  const varint = (): number => {
    for (let value = 0, scale = 1; ; scale *= 128) {
      const byte = bytes[at++] ?? 0;
      value += (byte & 127) * scale;
      if (byte < 128) return value;
    }
  };
  while (at < bytes.length) {
    const tag = varint();
    const number = tag >>> 3;
    const wire = tag & 7;
    const take = (length: number): Buffer => bytes.subarray(at, (at += length));
    const value = wire === 0 ? varint() : wire === 1 ? take(8).readDoubleLE() : take(varint());
    fields.set(number, [...(fields.get(number) ?? []), value]);
  }
  return fields;
}

const inner = (bytes: Buffer, ...path: number[]): Buffer[] =>
  path.reduce(
    (messages: Buffer[], number) => messages.flatMap((m) => (fieldsOf(m).get(number) ?? []) as Buffer[]),
    [bytes],
  );
const textOf = (bytes: Buffer, ...path: number[]): string => String(inner(bytes, ...path)[0]);

/** Names and messages of a map. */
const entriesOf = (messages: readonly Buffer[]): Map<string, Buffer> =>
  new Map(messages.map((entry) => [textOf(entry, 1), inner(entry, 2)[0] ?? Buffer.alloc(0)]));

describe('OpenAPI in protobuf', () => {
  let server: TestServer;
  before(async () => {
    server = await startTestServer();
  });
  after(() => server.close());
  const get = (path: string, accept: string) => server.ask('GET', path, undefined, { headers: { accept } });

  test('v2 has every definition and every path of the JSON document', async () => {
    const json = await get('/openapi/v2', 'application/json');
    const { status, headers, bytes } = await get('/openapi/v2', of(2));
    assert.equal(status, 200);
    assert.equal(headers['content-type'], of(2, '.'));
    assert.equal(textOf(bytes, 1), '2.0');
    const definitions = entriesOf(inner(bytes, 9, 1));
    assert.deepEqual([...definitions.keys()], Object.keys(json.body.definitions));
    const shared = entriesOf(inner(bytes, 10, 1));
    assert.deepEqual([...shared.keys()], Object.keys(json.body.parameters));
    const [reference] = json.body.paths['/api/v1/configmaps'].parameters;
    const list = entriesOf(inner(bytes, 8, 2)).get('/api/v1/configmaps') ?? Buffer.alloc(0);
    assert.equal(textOf(list, 9, 2, 1), reference.$ref);
    const referred = shared.get(reference.$ref.split('/').at(-1)) ?? Buffer.alloc(0);
    assert.equal(textOf(referred, 2, 3, 4), 'allowWatchBookmarks');
    const paths = entriesOf(inner(bytes, 8, 2));
    assert.deepEqual([...paths.keys()], Object.keys(json.body.paths));
    const name = 'io.k8s.api.core.v1.ServiceSpec';
    const ports = entriesOf(inner(definitions.get(name) ?? Buffer.alloc(0), 25, 1)).get('ports') ?? Buffer.alloc(0);
    const extensions = entriesOf(inner(ports, 31));
    assert.deepEqual(
      [...extensions].map(([key, value]) => [key, JSON.parse(textOf(value, 2))]),
      Object.entries(json.body.definitions[name].properties.ports).filter(([key]) => key.startsWith('x-')),
    );
    assert.equal(textOf(ports, 22, 1), 'array');
    const patch = inner(paths.get('/apis/apps/v1/namespaces/{namespace}/deployments/{name}') ?? bytes, 8)[0] ?? bytes;
    const path = json.body.paths['/apis/apps/v1/namespaces/{namespace}/deployments/{name}'];
    assert.equal(textOf(patch, 5), path.patch.operationId);
    assert.deepEqual(inner(patch, 7).map(String), path.patch.consumes);
    const query = inner(patch, 8, 1, 2, 3).map((parameter) => textOf(parameter, 4));
    const queried = path.patch.parameters.filter((p: { in: string }) => p.in === 'query');
    assert.deepEqual(
      query,
      queried.map((p: { name: string }) => p.name),
    );
    assert.equal(textOf(patch, 8, 1, 1, 5, 1), '#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.Patch');
  });

  test('v3 has every schema and every path of the JSON document', async () => {
    const json = await get('/openapi/v3/apis/apps/v1', 'application/json');
    const { status, headers, bytes } = await get('/openapi/v3/apis/apps/v1', of(3));
    assert.equal(status, 200);
    assert.equal(headers['content-type'], of(3, '.'));
    const schemas = entriesOf(inner(bytes, 5, 1, 1));
    assert.deepEqual([...schemas.keys()], Object.keys(json.body.components.schemas));
    assert.deepEqual([...entriesOf(inner(bytes, 4, 1)).keys()], Object.keys(json.body.paths));
    const spec = schemas.get('io.k8s.api.apps.v1.DeploymentSpec') ?? Buffer.alloc(0);
    const properties = entriesOf(inner(spec, 1, 31, 1));
    assert.equal(textOf(properties.get('replicas') ?? spec, 1, 25), 'integer');
    const selector = properties.get('selector') ?? spec;
    assert.match(textOf(selector, 1, 26, 2, 1), /LabelSelector$/);
  });

  test('v3 names required fields as they are declared, sets of fields by their type, and how clients say who they are', async () => {
    const { body } = await get('/openapi/v3/api/v1', 'application/json');
    const { schemas, securitySchemes } = body.components;
    assert.deepEqual(schemas['io.k8s.api.core.v1.Taint'].required, ['key', 'effect']);
    const entry = schemas['io.k8s.apimachinery.pkg.apis.meta.v1.ManagedFieldsEntry'].properties.fieldsV1;
    const type = 'io.k8s.apimachinery.pkg.apis.meta.v1.FieldsV1';
    assert.deepEqual(entry.allOf, [{ $ref: `#/components/schemas/${type}` }]);
    assert.equal(schemas[type].type, 'object');
    assert.deepEqual(Object.keys(securitySchemes), ['BearerToken']);
    const { responses } = body.paths['/api/v1/namespaces'].post;
    assert.deepEqual(
      Object.entries(responses).map(([code, response]) => [code, (response as { description: string }).description]),
      [
        ['200', 'OK'],
        ['201', 'Created'],
        ['202', 'Accepted'],
        ['401', 'Unauthorized'],
      ],
    );
    const v2 = await get('/openapi/v2', 'application/json');
    assert.deepEqual(v2.body.security, [{ BearerToken: [] }]);
    assert.deepEqual(v2.body.securityDefinitions, securitySchemes);
  });

  test('who takes neither form gets 406 and nothing; who takes several gets the first', async () => {
    for (const path of ['/openapi/v2', '/openapi/v3/api/v1']) {
      const refused = await get(path, 'text/html');
      assert.equal(refused.status, 406);
      assert.equal(refused.text, '');
    }
    const chosen = await get('/openapi/v2', `text/html, ${of(2)};q=0.5, application/json;q=0.9`);
    assert.equal(chosen.headers['content-type'], 'application/json');
  });

  test('each form has its own ETag, and is not sent again to who has it', async () => {
    const etags = new Set<unknown>();
    for (const accept of ['application/json', of(2)]) {
      const { headers } = await get('/openapi/v2', accept);
      etags.add(headers['etag']);
      const again = { accept, 'if-none-match': String(headers['etag']) };
      assert.equal((await server.ask('GET', '/openapi/v2', undefined, { headers: again })).status, 304);
    }
    assert.equal(etags.size, 2);
  });
});
