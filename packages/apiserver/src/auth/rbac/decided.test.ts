/** What RBAC decided once holds for as long as the rules do, and for no other object where the rules name some. */
import { strict as assert } from 'node:assert';
import { test } from 'node:test';
import { startTestServer } from '../../testing/test-server.ts';

const GROUP = '/apis/rbac.authorization.k8s.io/v1/namespaces/default';
const rbac = 'rbac.authorization.k8s.io';

test('a right that is taken away is gone at once, one that is given is there at once', async () => {
  const server = await startTestServer();
  const user = { username: 'ann', groups: [] };
  const read = async (name: string) =>
    (await server.ask('GET', `/api/v1/namespaces/default/configmaps/${name}`, undefined, { user })).status;
  const role = (rule: object) => ({
    metadata: { name: 'reader' },
    rules: [{ apiGroups: [''], resources: ['configmaps'], verbs: ['get'], ...rule }],
  });
  const binding = {
    metadata: { name: 'ann' },
    roleRef: { apiGroup: rbac, kind: 'Role', name: 'reader' },
    subjects: [{ apiGroup: rbac, kind: 'User', name: 'ann' }],
  };
  try {
    assert.equal(await read('a'), 403);
    await server.ask('POST', `${GROUP}/roles`, role({}));
    await server.ask('POST', `${GROUP}/rolebindings`, binding);
    assert.deepEqual([await read('a'), await read('a'), await read('b')], [404, 404, 404]);
    await server.ask('PUT', `${GROUP}/roles/reader`, role({ resourceNames: ['a'] }));
    assert.deepEqual([await read('a'), await read('b'), await read('a'), await read('b')], [404, 403, 404, 403]);
    await server.ask('DELETE', `${GROUP}/rolebindings/ann`);
    assert.equal(await read('a'), 403);
  } finally {
    await server.close();
  }
});
