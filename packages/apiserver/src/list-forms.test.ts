/** The same list in every form that clients ask for: JSON, protobuf, Tables, metadata alone. */
import { strict as assert } from 'node:assert';
import { after, before, describe, test } from 'node:test';
import { decodeProtobufBody } from './encode/protobuf.ts';
import { type TestServer, startTestServer } from './testing/test-server.ts';

const PATH = '/api/v1/namespaces/default/configmaps';
const META = 'g=meta.k8s.io;v=v1';
const ODD = 'a "}],{[\\" of 中文 and \u2028 𝒳 \\';
/** More than one chunk, and more than one turn. */
const COUNT = 400;

describe('a list of many', () => {
  let server: TestServer;
  // oxlint-disable-next-line typescript/no-explicit-any -- any list
  let plain: any;
  before(async () => {
    server = await startTestServer();
    const metadataOf = (i: number) => ({
      name: `map-${String(i).padStart(4, '0')}`,
      annotations: { [`odd-${i}`]: `${ODD}${i}`, metadata: '{"metadata":{}}' },
      labels: { number: String(i) },
    });
    for (let i = 0; i < COUNT; i++)
      await server.ask('POST', PATH, { metadata: metadataOf(i), data: { [ODD.length]: ODD.repeat(i % 20) } });
    plain = (await list('application/json')).body;
    assert.equal(plain.items.length, COUNT);
  });
  after(() => server.close());

  const list = (accept: string, query = '') => server.ask('GET', `${PATH}${query}`, undefined, { headers: { accept } });

  // oxlint-disable-next-line typescript/no-explicit-any -- any object
  const partialOf = ({ metadata }: any) => ({
    kind: 'PartialObjectMetadata',
    apiVersion: 'meta.k8s.io/v1',
    metadata,
  });

  test('holds the same in protobuf, page by page as well', async () => {
    const { bytes, headers } = await list('application/vnd.kubernetes.protobuf');
    assert.equal(headers['content-type'], 'application/vnd.kubernetes.protobuf');
    assert.equal(Number(headers['content-length']), bytes.length);
    assert.deepEqual(decodeProtobufBody(bytes), plain);
    const page = decodeProtobufBody((await list('application/vnd.kubernetes.protobuf', '?limit=3')).bytes);
    assert.deepEqual(page, (await list('application/json', '?limit=3')).body);
  });

  test('is metadata alone', async () => {
    const { body } = await list(`application/json;as=PartialObjectMetadataList;${META}`);
    const { metadata, items } = plain;
    const kind = 'PartialObjectMetadataList';
    assert.deepEqual(body, { kind, apiVersion: 'meta.k8s.io/v1', metadata, items: items.map(partialOf) });
  });

  for (const include of ['None', 'Metadata', 'Object'])
    test(`is a Table with rows that include ${include}`, async () => {
      const { body } = await list(`application/json;as=Table;${META}`, `?includeObject=${include}`);
      assert.deepEqual([body.kind, body.apiVersion, body.metadata], ['Table', 'meta.k8s.io/v1', plain.metadata]);
      assert.equal(body.columnDefinitions[0].name, 'Name');
      assert.equal(body.rows.length, plain.items.length);
      for (const [i, row] of body.rows.entries()) {
        const item = plain.items[i];
        assert.deepEqual(row.cells.slice(0, 2), [item.metadata.name, Object.keys(item.data).length]);
        const objects: Record<string, unknown> = {
          None: undefined,
          Metadata: partialOf(item),
          Object: { kind: 'ConfigMap', apiVersion: 'v1', ...item },
        };
        assert.deepEqual(row.object, objects[include]);
      }
    });

  test('is told in the version of before to who asks for that', async () => {
    const beta = (of: object) => ({ ...of, apiVersion: 'meta.k8s.io/v1beta1' });
    for (const as of ['Table', 'PartialObjectMetadataList']) {
      const { body: today } = await list(`application/json;as=${as};${META}`);
      const { body } = await list(`application/json;as=${as};${META.replace('v1', 'v1beta1')}`);
      const rows = today.rows?.map((row: { object: object }) => ({ ...row, object: beta(row.object) }));
      assert.deepEqual(body, beta({ ...today, ...(rows ? { rows } : { items: today.items.map(beta) }) }));
    }
    const accept = 'application/json;as=Table;v=v1beta1;g=meta.k8s.io';
    const one = await server.ask('GET', `${PATH}/map-0000`, undefined, { headers: { accept } });
    assert.equal(one.body.apiVersion, 'meta.k8s.io/v1beta1');
    const packed = 'application/vnd.kubernetes.protobuf;as=PartialObjectMetadataList;v=v1beta1;g=meta.k8s.io';
    assert.equal((await list(packed)).status, 406);
    assert.equal((await list('application/json;as=Table;v=v2;g=meta.k8s.io')).status, 406);
  });

  test('that is empty is one in every form', async () => {
    const none = '?labelSelector=number=none';
    for (const as of ['Table', 'PartialObjectMetadataList']) {
      const { body } = await list(`application/json;as=${as};${META}`, none);
      assert.deepEqual(body.rows ?? body.items, [], as);
    }
    const { items, ...rest } = (await list('application/json', none)).body;
    assert.deepEqual(items, []);
    assert.deepEqual(decodeProtobufBody((await list('application/vnd.kubernetes.protobuf', none)).bytes), rest);
  });
});
