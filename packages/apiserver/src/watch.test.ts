/** Watches: what they begin with, what they show, and how they end. */
import { strict as assert } from 'node:assert';
import { after, before, describe, test } from 'node:test';
import { openStore } from '@mkube/store';
import { type TestServer, startTestServer } from './testing/test-server.ts';

const PATH = '/api/v1/namespaces/default/configmaps';

describe('watch', () => {
  let server: TestServer;
  before(async () => void (server = await startTestServer()));
  after(() => server.close());
  const make = (name: string, labels: Record<string, string> = {}) =>
    server.ask('POST', PATH, { metadata: { name, labels }, data: { a: '1' } });
  const label = (name: string, labels: Record<string, string | null>) =>
    server.ask(
      'PATCH',
      `${PATH}/${name}`,
      { metadata: { labels } },
      { headers: { 'content-type': 'application/merge-patch+json' } },
    );

  test('without a revision it begins with what is there, then goes on', async () => {
    await make('a');
    const watch = await server.watch(`${PATH}?watch=1`);
    assert.deepEqual(await watch.nextNames(1), ['ADDED a']);
    await make('b');
    await server.ask('DELETE', `${PATH}/a`);
    assert.deepEqual(await watch.nextNames(2), ['ADDED b', 'DELETED a']);
    watch.close();
  });

  test('a list and a watch from its revision miss nothing and repeat nothing', async () => {
    const { body } = await server.ask('GET', PATH);
    await make('c');
    const watch = await server.watch(`${PATH}?watch=true&resourceVersion=${body.metadata.resourceVersion}`);
    await make('d');
    assert.deepEqual(await watch.nextNames(2), ['ADDED c', 'ADDED d']);
    watch.close();
  });

  test('a watch-list ends its beginning with a bookmark that says so', async () => {
    const query = 'watch=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true';
    const watch = await server.watch(`${PATH}?${query}`);
    assert.deepEqual(await watch.nextNames(3), ['ADDED b', 'ADDED c', 'ADDED d']);
    const bookmark = await watch.next();
    assert.equal(bookmark?.type, 'BOOKMARK');
    assert.equal(bookmark.object.kind, 'ConfigMap');
    assert.equal(bookmark.object.apiVersion, 'v1');
    assert.deepEqual(bookmark.object.metadata.annotations, { 'k8s.io/initial-events-end': 'true' });
    const list = await server.ask('GET', PATH);
    assert.equal(bookmark.object.metadata.resourceVersion, list.body.metadata.resourceVersion);
    watch.close();
  });

  test('sendInitialEvents without resourceVersionMatch is refused', async () => {
    const answer = await server.ask('GET', `${PATH}?watch=true&sendInitialEvents=true`);
    assert.equal(answer.status, 422, answer.text);
    assert.match(answer.body.message, /^ListOptions.meta.k8s.io "" is invalid: resourceVersionMatch: Forbidden/);
  });

  test('an object that enters a selector is ADDED, one that leaves is DELETED with its old content at the new revision', async () => {
    const watch = await server.watch(
      `${PATH}?watch=true&labelSelector=color%3Dred&resourceVersion=${(await server.ask('GET', PATH)).body.metadata.resourceVersion}`,
    );
    await make('e');
    await label('e', { color: 'red' });
    assert.deepEqual(await watch.nextNames(1), ['ADDED e']);
    const left = await label('e', { color: 'blue' });
    const event = await watch.next();
    assert.equal(event?.type, 'DELETED');
    assert.deepEqual(event.object.metadata.labels, { color: 'red' });
    assert.equal(event.object.metadata.resourceVersion, left.body.metadata.resourceVersion);
    watch.close();
  });

  test('a DELETED event carries the last state at the revision of the delete', async () => {
    const created = await make('f');
    const watch = await server.watch(`${PATH}?watch=true&resourceVersion=${created.body.metadata.resourceVersion}`);
    await server.ask('DELETE', `${PATH}/f`);
    const event = await watch.next();
    assert.equal(event?.type, 'DELETED');
    assert.deepEqual(event.object.data, { a: '1' });
    assert.ok(Number(event.object.metadata.resourceVersion) > Number(created.body.metadata.resourceVersion));
    watch.close();
  });

  test('a watch of one object by its name sees that one alone', async () => {
    const watch = await server.watch(`${PATH}?watch=true&fieldSelector=metadata.name%3Dg&resourceVersion=0`);
    await make('g');
    await make('h');
    await server.ask('DELETE', `${PATH}/g`);
    assert.deepEqual(await watch.nextNames(2), ['ADDED g', 'DELETED g']);
    watch.close();
  });

  test('timeoutSeconds ends a watch, with a last bookmark for who wants them', async () => {
    const watch = await server.watch(
      `${PATH}?watch=true&timeoutSeconds=1&allowWatchBookmarks=true&resourceVersion=${(await server.ask('GET', PATH)).body.metadata.resourceVersion}`,
    );
    assert.equal((await watch.next())?.type, 'BOOKMARK');
    assert.equal(await watch.next(), undefined);
  });

  test('a Table watch sends Tables', async () => {
    const watch = await server.watch(`${PATH}?watch=true&resourceVersion=0`, {
      headers: { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' },
    });
    const event = await watch.next();
    assert.equal(event?.object.kind, 'Table');
    assert.equal(event?.object.rows[0].cells.length, event?.object.columnDefinitions.length);
    watch.close();
  });

  test('a revision in the future is a 504 that says which is the newest', async () => {
    const answer = await server.ask('GET', `${PATH}?watch=true&resourceVersion=99999999`);
    assert.equal(answer.status, 504);
    assert.equal(answer.body.details.causes[0].reason, 'ResourceVersionTooLarge');
  });

  test('many watchers of a busy resource all see the same events in the same order', async () => {
    const { body } = await server.ask('GET', PATH);
    const revision = body.metadata.resourceVersion as string;
    const watches = await Promise.all(
      Array.from({ length: 50 }, () => server.watch(`${PATH}?watch=true&resourceVersion=${revision}`)),
    );
    const names = Array.from({ length: 40 }, (_, i) => `many-${i}`);
    await Promise.all(names.map((name) => make(name)));
    const [first, ...others] = await Promise.all(watches.map((watch) => watch.nextNames(names.length)));
    assert.deepEqual(first?.toSorted(), names.map((name) => `ADDED ${name}`).toSorted());
    for (const other of others) assert.deepEqual(other, first);
    for (const watch of watches) watch.close();
  });
});

test('a watch from before the window is filled from the log, and one from before compaction is 410', async () => {
  const store = await openStore('memory:');
  const first = await startTestServer({ store });
  const created = await first.ask('POST', PATH, { metadata: { name: 'old' } });
  const before = Number(created.body.metadata.resourceVersion) - 1;
  await first.ask('DELETE', `${PATH}/old`);
  await first.close();
  const second = await startTestServer({ store });
  const watch = await second.watch(`${PATH}?watch=true&resourceVersion=${before}`);
  assert.deepEqual(await watch.nextNames(2), ['ADDED old', 'DELETED old']);
  await second.ask('POST', PATH, { metadata: { name: 'new' } });
  assert.deepEqual(await watch.nextNames(1), ['ADDED new']);
  watch.close();
  await store.compact(before + 1);
  const late = await second.ask('GET', `${PATH}?watch=true&resourceVersion=${before}`);
  assert.equal(late.status, 410);
  assert.equal(late.body.reason, 'Expired');
  assert.match(late.body.message, new RegExp(`^too old resource version: ${before} \\(`));
  await second.close();
  await store.close();
});

test('closing the server ends watches cleanly', async () => {
  const server = await startTestServer();
  const watch = await server.watch(`${PATH}?watch=true`);
  await server.close();
  assert.equal(await watch.next(), undefined);
});
