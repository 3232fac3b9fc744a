/** Deletes: at once, in two steps, held by finalizers, by preconditions, of collections and namespaces. */
import { strict as assert } from 'node:assert';
import { after, before, describe, test } from 'node:test';
import { type TestServer, startTestServer } from './testing/test-server.ts';

const PODS = '/api/v1/namespaces/default/pods';
const MAPS = '/api/v1/namespaces/default/configmaps';

describe('delete', () => {
  let server: TestServer;
  before(async () => void (server = await startTestServer()));
  after(() => server.close());

  const pod = async (name: string, bound = true) => {
    const created = await server.ask('POST', PODS, {
      metadata: { name },
      spec: { containers: [{ name: 'c', image: 'i' }] },
    });
    assert.equal(created.status, 201, created.text);
    if (bound)
      await server.ask('POST', `${PODS}/${name}/binding`, { metadata: { name }, target: { kind: 'Node', name: 'n' } });
    return created.body;
  };

  test('an object without anything to wait for is gone, and the answer says what it was', async () => {
    const { body } = await server.ask('POST', MAPS, { metadata: { name: 'a' } });
    const answer = await server.ask('DELETE', `${MAPS}/a`);
    assert.deepEqual(answer.body, {
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Success',
      details: { name: 'a', kind: 'configmaps', uid: body.metadata.uid },
    });
    assert.equal((await server.ask('DELETE', `${MAPS}/a`)).status, 404);
  });

  test('a pod that runs somewhere goes in two steps', async () => {
    const { metadata } = await pod('two-steps');
    const first = await server.ask('DELETE', `${PODS}/two-steps`);
    assert.equal(first.status, 200);
    assert.equal(first.body.metadata.deletionGracePeriodSeconds, 30);
    const ahead = Date.parse(first.body.metadata.deletionTimestamp) - Date.now();
    assert.ok(ahead > 25_000 && ahead <= 30_000, `deletionTimestamp is the end of the grace, ${ahead} ms ahead`);
    assert.equal(first.body.metadata.generation, metadata.generation + 1);
    const longer = await server.ask('DELETE', `${PODS}/two-steps?gracePeriodSeconds=60`);
    assert.equal(longer.body.metadata.deletionGracePeriodSeconds, 30, 'a later delete cannot lengthen the grace');
    const shorter = await server.ask('DELETE', `${PODS}/two-steps?gracePeriodSeconds=5`);
    assert.equal(shorter.body.metadata.deletionGracePeriodSeconds, 5);
    const wrongUid = await server.ask('DELETE', `${PODS}/two-steps`, {
      gracePeriodSeconds: 0,
      preconditions: { uid: 'other' },
    });
    assert.equal(wrongUid.status, 409);
    assert.match(wrongUid.body.message, /the UID in the precondition \(other\) does not match the UID in record/);
    const last = await server.ask('DELETE', `${PODS}/two-steps`, {
      gracePeriodSeconds: 0,
      preconditions: { uid: metadata.uid },
    });
    assert.equal(last.status, 200);
    assert.equal((await server.ask('GET', `${PODS}/two-steps`)).status, 404);
  });

  test('a pod that runs nowhere goes at once', async () => {
    await pod('nowhere', false);
    await server.ask('DELETE', `${PODS}/nowhere`);
    assert.equal((await server.ask('GET', `${PODS}/nowhere`)).status, 404);
  });

  test('finalizers hold an object; the update that removes the last one is its end', async () => {
    await server.ask('POST', MAPS, { metadata: { name: 'held', finalizers: ['example.com/a', 'example.com/b'] } });
    const watch = await server.watch(`${MAPS}?watch=true&fieldSelector=metadata.name%3Dheld`);
    const deleted = await server.ask('DELETE', `${MAPS}/held`);
    assert.equal(deleted.status, 200);
    assert.ok(deleted.body.metadata.deletionTimestamp);
    const patch = (finalizers: string[]) =>
      server.ask(
        'PATCH',
        `${MAPS}/held`,
        { metadata: { finalizers } },
        { headers: { 'content-type': 'application/merge-patch+json' } },
      );
    const added = await patch(['example.com/a', 'example.com/c']);
    assert.equal(added.status, 422);
    assert.match(
      added.body.message,
      /no new finalizers can be added if the object is being deleted, found new finalizers \[\]string\{"example.com\/c"\}/,
    );
    assert.equal((await patch(['example.com/a'])).status, 200);
    const end = await patch([]);
    assert.equal(end.status, 200);
    assert.equal((await server.ask('GET', `${MAPS}/held`)).status, 404);
    assert.deepEqual(await watch.nextNames(4), ['ADDED held', 'MODIFIED held', 'MODIFIED held', 'DELETED held']);
    watch.close();
  });

  test('the propagation policy becomes a finalizer for the garbage collector', async () => {
    for (const [policy, finalizer] of [
      ['Foreground', 'foregroundDeletion'],
      ['Orphan', 'orphan'],
    ] as const) {
      await server.ask('POST', MAPS, { metadata: { name: 'owner' } });
      const answer = await server.ask('DELETE', `${MAPS}/owner`, { propagationPolicy: policy });
      assert.deepEqual(answer.body.metadata.finalizers, [finalizer]);
      await server.ask(
        'PATCH',
        `${MAPS}/owner`,
        { metadata: { finalizers: null } },
        { headers: { 'content-type': 'application/merge-patch+json' } },
      );
      assert.equal((await server.ask('GET', `${MAPS}/owner`)).status, 404);
    }
    assert.equal((await server.ask('DELETE', `${MAPS}/x`, { propagationPolicy: 'Sideways' })).status, 422);
  });

  test('dryRun deletes nothing', async () => {
    await server.ask('POST', MAPS, { metadata: { name: 'stays' } });
    assert.equal((await server.ask('DELETE', `${MAPS}/stays?dryRun=All`)).status, 200);
    assert.equal((await server.ask('GET', `${MAPS}/stays`)).status, 200);
    assert.equal((await server.ask('DELETE', `${MAPS}/stays?dryRun=Some`)).status, 422);
  });

  test('a collection is deleted as its selector says, and listed', async () => {
    for (const name of ['p1', 'p2', 'p3'])
      await server.ask('POST', MAPS, { metadata: { name, labels: { gone: String(name !== 'p2') } } });
    const answer = await server.ask('DELETE', `${MAPS}?labelSelector=gone%3Dtrue`);
    assert.equal(answer.status, 200, answer.text);
    assert.equal(answer.body.kind, 'ConfigMapList');
    assert.equal(answer.body.items.length, 2);
    const left = await server.ask('GET', `${MAPS}?labelSelector=gone`);
    assert.deepEqual(
      left.body.items.map((item: { metadata: { name: string } }) => item.metadata.name),
      ['p2'],
    );
  });

  test('a namespace ends when it is finalized, and takes nothing new before', async () => {
    await server.ask('POST', '/api/v1/namespaces', { metadata: { name: 'ending' } });
    const deleted = await server.ask('DELETE', '/api/v1/namespaces/ending');
    assert.equal(deleted.body.status.phase, 'Terminating');
    const refused = await server.ask('POST', '/api/v1/namespaces/ending/configmaps', { metadata: { name: 'late' } });
    assert.equal(refused.status, 403);
    assert.match(
      refused.body.message,
      /unable to create new content in namespace ending because it is being terminated/,
    );
    assert.equal(refused.body.details.causes[0].reason, 'NamespaceTerminating');
    const again = await server.ask('DELETE', '/api/v1/namespaces/ending');
    assert.equal(again.status, 200);
    const { body } = await server.ask('GET', '/api/v1/namespaces/ending');
    const finalized = await server.ask('PUT', '/api/v1/namespaces/ending/finalize', {
      ...body,
      spec: { finalizers: [] },
    });
    assert.equal(finalized.status, 200, finalized.text);
    assert.equal((await server.ask('GET', '/api/v1/namespaces/ending')).status, 404);
    assert.equal(
      (await server.ask('POST', '/api/v1/namespaces/ending/configmaps', { metadata: { name: 'late' } })).status,
      404,
    );
    assert.equal((await server.ask('DELETE', '/api/v1/namespaces/default')).status, 403);
  });
});
