/** What is written down of which requests. */
import { strict as assert } from 'node:assert';
import { test } from 'node:test';
import { startTestServer } from '../testing/test-server.ts';
import { parsePolicy } from './policy.ts';

test('each request is written down as much as the first matching rule says, and secrets never whole', async () => {
  const lines: string[] = [];
  const policy = parsePolicy({
    apiVersion: 'audit.k8s.io/v1',
    kind: 'Policy',
    rules: [
      { level: 'None', users: ['system:quiet'] },
      { level: 'None', nonResourceURLs: ['/healthz*'] },
      { level: 'RequestResponse', resources: [{ group: '', resources: ['secrets', 'services'] }] },
      { level: 'Request', verbs: ['create'] },
      { level: 'Metadata' },
    ],
  });
  const server = await startTestServer({ audit: { policy, write: (line) => lines.push(line) } });
  const last = () => JSON.parse(lines.at(-1) ?? '{}') as Record<string, unknown>;
  await server.ask('POST', '/api/v1/namespaces/default/configmaps', {
    metadata: { name: 'a' },
    data: { password: 'hidden' },
  });
  assert.equal(last()['level'], 'Metadata');
  assert.deepEqual(last()['objectRef'], { resource: 'configmaps', namespace: 'default', apiVersion: 'v1' });
  await server.ask('POST', '/api/v1/namespaces/default/secrets', {
    metadata: { name: 's' },
    stringData: { password: 'hidden' },
  });
  assert.equal(lines.join('').includes('hidden'), false);
  await server.ask('POST', '/api/v1/namespaces', { metadata: { name: 'n' } });
  assert.deepEqual((last()['requestObject'] as { metadata: object }).metadata, { name: 'n' });
  await server.ask('GET', '/api/v1/namespaces/default/services/none');
  assert.equal((last()['responseObject'] as { code: number }).code, 404);
  const count = lines.length;
  await server.ask('GET', '/api/v1/pods', undefined, {
    user: { username: 'system:quiet', groups: ['system:masters'] },
  });
  await server.ask('GET', '/healthz');
  assert.equal(lines.length, count);
  await server.ask('GET', '/version', undefined, { headers: { 'impersonate-user': 'dana' } });
  assert.equal((last()['impersonatedUser'] as { username: string }).username, 'dana');
  await server.ask('GET', '/api/v1/nodes', undefined, { user: { username: 'eve', groups: [] } });
  assert.deepEqual(last()['annotations'], { 'authorization.k8s.io/decision': 'forbid' });
  const watch = await server.watch('/api/v1/nodes?watch=1');
  assert.deepEqual([last()['stage'], last()['verb']], ['ResponseStarted', 'watch']);
  watch.close();
  await server.close();
});

test('a policy that says nothing sensible is refused', () => {
  assert.throws(
    () => parsePolicy({ kind: 'Policy', rules: [{ level: 'All' }] }),
    /rules\[0\].level must be one of None, Metadata/,
  );
  assert.throws(() => parsePolicy([]), /an audit policy is an object of kind Policy/);
});
