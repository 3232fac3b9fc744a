/** Methods at paths that are no resources: which are got alone, and which say the same whatever is done to them. Recorded from kube-apiserver 1.35. */
import { strict as assert } from 'node:assert';
import { after, before, describe, test } from 'node:test';
import { type TestServer, startTestServer } from './testing/test-server.ts';

const OTHERS = ['HEAD', 'OPTIONS', 'POST', 'PUT', 'PATCH', 'DELETE'];
const READ_ALONE = ['/api', '/api/', '/api/v1', '/apis/apps/v1', '/version', '/openid/v1/jwks'];
const TOLD_ANYWAY = ['/', '/apis', '/apis/apps', '/healthz', '/livez', '/readyz/ping', '/openapi/v2', '/openapi/v3'];
const NOBODYS = ['/foo', '/apis/nope', '/apis/nope/v1', '/apis/nope/v1/things'];
const MISSING = ['/api/v2', '/apis/apps/v9', '/apis/apps/v1/things'];

describe('a path', () => {
  let server: TestServer;
  before(async () => void (server = await startTestServer()));
  after(() => server.close());

  const each = async (paths: readonly string[], methods: readonly string[], status: number, text?: string) => {
    for (const path of paths)
      for (const method of methods) {
        const answer = await server.ask(method, path);
        assert.equal(answer.status, status, `${method} ${path}`);
        if (text !== undefined) assert.equal(answer.text, text, `${method} ${path}`);
      }
  };

  test('of versions, resources and keys is got, and takes no other method', async () => {
    await each(READ_ALONE, ['GET'], 200);
    await each(READ_ALONE, OTHERS, 405);
    const { body } = await server.ask('OPTIONS', '/api/v1');
    assert.equal(body.message, 'the server does not allow this method on the requested resource');
  });

  test('of groups, health and documents says the same by any method', () => each(TOLD_ANYWAY, ['GET', ...OTHERS], 200));

  test('of nobody is not found, whatever is to be done there', async () => {
    await each(NOBODYS, ['GET', ...OTHERS], 404, '404 page not found\n');
    await each(MISSING, ['GET', ...OTHERS], 404);
    const { body } = await server.ask('POST', '/api/v2', {});
    assert.equal(body.message, 'the server could not find the requested resource');
  });
});
