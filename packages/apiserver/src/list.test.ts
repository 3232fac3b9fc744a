/** Lists: order, pages, selectors, revisions. */
import { strict as assert } from 'node:assert';
import { after, before, describe, test } from 'node:test';
import { type TestServer, startTestServer } from './testing/test-server.ts';

const ALL = '/api/v1/configmaps';
const pathOf = (namespace: string) => `/api/v1/namespaces/${namespace}/configmaps`;
// oxlint-disable-next-line typescript/no-explicit-any -- bodies of any list
const namesOf = (body: any): string[] => body.items.map((item: { metadata: { name: string } }) => item.metadata.name);

describe('list', () => {
  let server: TestServer;
  before(async () => {
    server = await startTestServer();
    for (const namespace of ['a', 'a-b'])
      await server.ask('POST', '/api/v1/namespaces', { metadata: { name: namespace } });
    for (const name of ['z', 'y', 'x', 'w', 'v'])
      await server.ask('POST', pathOf('a'), {
        metadata: { name, labels: { odd: String(name === 'z' || name === 'x') } },
      });
    await server.ask('POST', pathOf('a-b'), { metadata: { name: 'q' } });
  });
  after(() => server.close());

  test('is sorted by name, and carries no kind in its items', async () => {
    const { body } = await server.ask('GET', pathOf('a'));
    assert.deepEqual(namesOf(body), ['v', 'w', 'x', 'y', 'z']);
    assert.equal(body.kind, 'ConfigMapList');
    assert.equal(body.apiVersion, 'v1');
    assert.ok(!('kind' in body.items[0]) && !('apiVersion' in body.items[0]));
  });

  test('of nothing has an empty list of items', async () => {
    const { body } = await server.ask('GET', pathOf('nowhere'));
    assert.deepEqual(body.items, []);
  });

  test('pages show every object once, all at the revision of the first page, whatever happens meanwhile', async () => {
    const first = await server.ask('GET', `${pathOf('a')}?limit=2`);
    assert.deepEqual(namesOf(first.body), ['v', 'w']);
    assert.equal(first.body.metadata.remainingItemCount, 3);
    await server.ask('POST', pathOf('a'), { metadata: { name: 'x-late' } });
    await server.ask('DELETE', `${pathOf('a')}/y`);
    const second = await server.ask('GET', `${pathOf('a')}?limit=2&continue=${first.body.metadata.continue}`);
    assert.deepEqual(namesOf(second.body), ['x', 'y']);
    assert.equal(second.body.metadata.resourceVersion, first.body.metadata.resourceVersion);
    const third = await server.ask('GET', `${pathOf('a')}?limit=2&continue=${second.body.metadata.continue}`);
    assert.deepEqual(namesOf(third.body), ['z']);
    assert.equal(third.body.metadata.continue, undefined);
    await server.ask('DELETE', `${pathOf('a')}/x-late`);
    await server.ask('POST', pathOf('a'), { metadata: { name: 'y' } });
  });

  test('pages across namespaces go on where they stopped', async () => {
    const names: string[] = [];
    let next = '';
    do {
      const { body } = await server.ask('GET', `${ALL}?limit=1${next && `&continue=${next}`}`);
      names.push(
        ...body.items.map(
          (item: { metadata: { namespace: string; name: string } }) =>
            `${item.metadata.namespace}/${item.metadata.name}`,
        ),
      );
      next = body.metadata.continue ?? '';
    } while (next);
    assert.deepEqual(names, [
      'a-b/q',
      'a/v',
      'a/w',
      'a/x',
      'a/y',
      'a/z',
      'kube-system/extension-apiserver-authentication',
    ]);
  });

  test('a continue token from before compaction is 410 and offers a token to go on with', async () => {
    const first = await server.ask('GET', `${pathOf('a')}?limit=2`);
    await server.ask('POST', pathOf('a'), { metadata: { name: 'w-late' } });
    await server.ask('DELETE', `${pathOf('a')}/w-late`);
    await server.store.compact(await server.store.revision());
    const expired = await server.ask('GET', `${pathOf('a')}?limit=2&continue=${first.body.metadata.continue}`);
    assert.equal(expired.status, 410);
    assert.equal(expired.body.reason, 'Expired');
    const inconsistent = await server.ask('GET', `${pathOf('a')}?limit=2&continue=${expired.body.metadata.continue}`);
    assert.deepEqual(namesOf(inconsistent.body), ['x', 'y']);
  });

  test('a continue token is as old where only others have changed since', async () => {
    const first = await server.ask('GET', `${pathOf('a')}?limit=1`);
    await server.ask('POST', '/api/v1/namespaces', { metadata: { name: 'meanwhile' } });
    await server.store.compact(await server.store.revision());
    const next = await server.ask('GET', `${pathOf('a')}?limit=1&continue=${first.body.metadata.continue}`);
    assert.equal(next.status, 410);
  });

  test('selectors by label and field are honoured, unknown fields refused', async () => {
    assert.deepEqual(namesOf((await server.ask('GET', `${pathOf('a')}?labelSelector=odd%3Dtrue`)).body), ['x', 'z']);
    assert.deepEqual(namesOf((await server.ask('GET', `${pathOf('a')}?labelSelector=odd+notin+(true)`)).body), [
      'v',
      'w',
      'y',
    ]);
    assert.deepEqual(namesOf((await server.ask('GET', `${pathOf('a')}?fieldSelector=metadata.name%3Dw`)).body), ['w']);
    const wrong = await server.ask('GET', `${pathOf('a')}?fieldSelector=data.x%3D1`);
    assert.equal(wrong.status, 400);
    assert.equal(
      (await server.ask('GET', `/api/v1/pods?fieldSelector=spec.foo%3D1`)).body.message,
      'field label not supported: spec.foo',
    );
    assert.equal((await server.ask('GET', `${pathOf('a')}?labelSelector=%25`)).status, 400);
  });

  test('an exact revision shows the past, and must be named', async () => {
    const now = (await server.ask('GET', pathOf('a'))).body.metadata.resourceVersion as string;
    await server.ask('POST', pathOf('a'), { metadata: { name: 'later' } });
    const past = await server.ask('GET', `${pathOf('a')}?resourceVersion=${now}&resourceVersionMatch=Exact`);
    assert.ok(!namesOf(past.body).includes('later'));
    assert.equal(past.body.metadata.resourceVersion, now);
    const newer = await server.ask('GET', `${pathOf('a')}?resourceVersion=${now}&resourceVersionMatch=NotOlderThan`);
    assert.ok(namesOf(newer.body).includes('later'));
    for (const query of [
      'resourceVersionMatch=Exact',
      'resourceVersion=0&resourceVersionMatch=Exact',
      'resourceVersion=1&resourceVersionMatch=Sometimes',
      'sendInitialEvents=true',
    ])
      assert.equal((await server.ask('GET', `${pathOf('a')}?${query}`)).status, 422, query);
    assert.equal((await server.ask('GET', `${pathOf('a')}?resourceVersion=${Number(now) + 1000}`)).status, 504);
    assert.equal((await server.ask('GET', `${pathOf('a')}?continue=nonsense`)).status, 400);
  });

  test('as metadata only, and as YAML', async () => {
    const accept = 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1';
    const { body } = await server.ask('GET', pathOf('a-b'), undefined, { headers: { accept } });
    assert.equal(body.kind, 'PartialObjectMetadataList');
    assert.deepEqual(Object.keys(body.items[0]).toSorted(), ['apiVersion', 'kind', 'metadata']);
    const yaml = await server.ask('GET', pathOf('a-b'), undefined, { headers: { accept: 'application/yaml' } });
    assert.match(yaml.text, /^kind: ConfigMapList$/m);
    assert.equal((await server.ask('GET', pathOf('a-b'), undefined, { headers: { accept: 'image/png' } })).status, 406);
  });
});
