/** Refusals come in the encoding that the client takes first, or in JSON where that is none of ours. */
import { strict as assert } from 'node:assert';
import { after, before, describe, test } from 'node:test';
import { decodeProtobufBody } from '../encode/protobuf.ts';
import { type TestServer, startTestServer } from '../testing/test-server.ts';

const PROTOBUF = 'application/vnd.kubernetes.protobuf';
const NONE = '/api/v1/namespaces/default/configmaps/none';

describe('a refusal', () => {
  let server: TestServer;
  before(async () => void (server = await startTestServer()));
  after(() => server.close());

  const refused = (accept: string, path = NONE) => server.ask('GET', path, undefined, { headers: { accept } });

  test('is a Status in YAML for who takes that', async () => {
    const { status, headers, text } = await refused('application/yaml');
    assert.deepEqual([status, headers['content-type']], [404, 'application/yaml']);
    assert.match(text, /^apiVersion: v1\ncode: 404\ndetails:\n {2}kind: configmaps\n {2}name: none\nkind: Status\n/);
  });

  test('is a Status in protobuf for typed clients, whose kind has protobuf or not', async () => {
    for (const accept of [PROTOBUF, `${PROTOBUF},application/json`]) {
      const { status, headers, bytes } = await refused(accept);
      assert.deepEqual([status, headers['content-type']], [404, PROTOBUF]);
      const { kind, reason, code, details, message } = decodeProtobufBody(bytes) as Record<string, unknown>;
      assert.deepEqual([kind, reason, code, message], ['Status', 'NotFound', 404, 'configmaps "none" not found']);
      assert.deepEqual(details, { name: 'none', kind: 'configmaps' });
    }
  });

  test('is JSON for who takes Tables, anything, or nothing of ours', async () => {
    const table = 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json';
    for (const accept of [table, '*/*', `${PROTOBUF};as=Table;v=v1;g=meta.k8s.io,*/*`, 'text/html']) {
      const { headers, body } = await refused(accept);
      assert.equal(headers['content-type'], 'application/json', accept);
      assert.equal(body.kind, 'Status');
    }
    assert.equal((await refused('text/html', '/api/v1/nodes')).status, 406);
  });

  test('of who may not ask comes in the same way', async () => {
    const user = { username: 'bob', groups: [] };
    const { status, headers } = await server.ask('GET', NONE, undefined, { user, headers: { accept: PROTOBUF } });
    assert.deepEqual([status, headers['content-type']], [403, PROTOBUF]);
    assert.equal(headers['x-content-type-options'], 'nosniff');
  });
});
