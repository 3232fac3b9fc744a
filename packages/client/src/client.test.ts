/** One suite over every transport: what a client promises does not depend on the way its requests take. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import type { ConfigMap } from '@mkube/api';
import { AlreadyExists, BadRequest, Conflict, Expired, Forbidden, Invalid, NotFound } from '@mkube/apimachinery';
import type { Client, WatchEvent } from './client.ts';
import { createClient, warningsOf } from './create-client.ts';
import { discoverResources } from './discovery.ts';
import { httpsTransport } from './https-transport.ts';
import { inProcessTransport } from './in-process-transport.ts';
import { nodeHttpsTransport } from './node-https-transport.ts';
import { createTestAuthority } from '@mkube/apiserver/testing';
import { type TestApi, openApi } from './testing/api.test.ts';
import { ConnectionError, type Transport } from './transport.ts';

type Open = (api: TestApi, user: string, groups: string[]) => Promise<Transport>;

const transports: Record<string, Open> = {
  'in process': async ({ handle }, username, groups) =>
    inProcessTransport(handle, { username, groups: [...groups, 'system:authenticated'] }),
  'https (undici)': async ({ url, ca, certify }, user, groups) =>
    httpsTransport({ server: url, ca, ...(await certify(user, groups)) }),
  'https (node)': async ({ url, ca, certify }, user, groups) =>
    nodeHttpsTransport({ server: url, ca, ...(await certify(user, groups)) }),
};

for (const [name, open] of Object.entries(transports)) {
  describe(`a client over ${name}`, () => {
    let api: TestApi;
    let client: Client;
    let nobody: Client;
    const namespace = `test-${randomBytes(3).toString('hex')}`;
    const inside = (n: string) => ({ name: n, namespace });
    before(async () => {
      api = await openApi();
      client = createClient(await open(api, 'admin', ['system:masters']));
      nobody = createClient(await open(api, 'nobody', []));
      await client.namespaces.create({ metadata: { name: namespace } });
    });
    after(async () => {
      await Promise.all([client.close(), nobody.close()]);
      await api.close();
    });

    it('creates, reads, updates, patches and deletes', async () => {
      const made = await client.configMaps.create({ metadata: inside('life'), data: { a: '1' } });
      assert.equal(made.kind, 'ConfigMap');
      const updated = await client.configMaps.update({ ...made, data: { a: '2' } });
      assert.notEqual(updated.metadata.resourceVersion, made.metadata.resourceVersion);
      await client.configMaps.patch(inside('life'), 'merge', { data: { b: '1' } });
      await client.configMaps.patch(inside('life'), 'json', [{ op: 'remove', path: '/data/a' }]);
      assert.deepEqual((await client.configMaps.get(inside('life'))).data, { b: '1' });
      assert.equal(await client.configMaps.delete(inside('life')), undefined);
      await assert.rejects(client.configMaps.get(inside('life')), NotFound);
    });

    it('answers with what is left of an object that is going', async () => {
      const { metadata } = await client.configMaps.create({
        metadata: { ...inside('going'), finalizers: ['example.com/hold'] },
      });
      const left = await client.configMaps.delete(metadata, { preconditions: { uid: metadata.uid } });
      assert.ok(left?.metadata.deletionTimestamp);
    });

    it('throws the class of every refusal, with its details', async () => {
      await client.configMaps.create({ metadata: inside('twice') });
      const old = await client.configMaps.get(inside('twice'));
      await client.configMaps.update({ ...old, data: { a: '1' } });
      await assert.rejects(
        client.configMaps.create({ metadata: inside('twice') }),
        (e) => e instanceof AlreadyExists && e.details?.name === 'twice',
      );
      await assert.rejects(client.configMaps.update({ ...old, data: { a: '2' } }), Conflict);
      await assert.rejects(client.configMaps.create({ metadata: inside('Not A Name') }), Invalid);
      await assert.rejects(client.configMaps.list({ labelSelector: 'a in (' }), BadRequest);
      await assert.rejects(
        nobody.configMaps.list(),
        (e) => e instanceof Forbidden && /User "nobody" cannot list resource "configmaps"/.test(e.message),
      );
      await assert.rejects(client.raw('/nowhere'), NotFound);
    });

    it('refuses by itself what no URL can say', async () => {
      await assert.rejects(async () => client.configMaps.get({ name: 'x' }), /an empty namespace/);
      await assert.rejects(async () => client.configMaps.create({ metadata: { name: 'x' } }), BadRequest);
      await assert.rejects(async () => client.configMaps.get(inside('')), /name may not be empty/);
    });

    it('keeps names inside their part of the path', async () => {
      await assert.rejects(client.configMaps.get(inside('../../secrets?watch=true#')), NotFound);
    });

    it('lists in pages and by selectors', async () => {
      for (const n of ['p1', 'p2', 'p3'])
        await client.configMaps.create({ metadata: { ...inside(n), labels: { page: n } } });
      const first = await client.configMaps.list({ namespace, labelSelector: 'page', limit: 2 });
      const second = await client.configMaps.list({
        namespace,
        labelSelector: 'page',
        limit: 2,
        continue: first.metadata.continue ?? '',
      });
      assert.deepEqual(
        [...first.items, ...second.items].map(({ metadata }) => metadata.name),
        ['p1', 'p2', 'p3'],
      );
      const one = await client.configMaps.list({ namespace, fieldSelector: 'metadata.name=p2' });
      assert.equal(one.items.length, 1);
      await client.configMaps.deleteCollection({ namespace, labelSelector: 'page in (p1, p2)' });
      assert.deepEqual(
        (await client.configMaps.list({ namespace, labelSelector: 'page' })).items.map(({ metadata }) => metadata.name),
        ['p3'],
      );
    });

    it('watches in order, objects of a megabyte among small ones, and lets go when the reader does', async () => {
      const { metadata } = await client.configMaps.list({ namespace });
      const changes = async () => {
        await client.configMaps.create({ metadata: inside('seen'), data: { size: 'x'.repeat(1_000_000) } });
        await client.configMaps.patch(inside('seen'), 'merge', { data: { size: 'ä' } });
        await client.configMaps.delete(inside('seen'));
      };
      const seen: WatchEvent<ConfigMap>[] = [];
      const changing = changes();
      for await (const event of client.configMaps.watch({
        namespace,
        resourceVersion: metadata.resourceVersion ?? '',
      })) {
        seen.push(event);
        if (seen.length === 3) break;
      }
      await changing;
      assert.deepEqual(
        seen.map(({ type }) => type),
        ['ADDED', 'MODIFIED', 'DELETED'],
      );
      assert.deepEqual(
        seen.map(({ object }) => object.data?.['size']?.length),
        [1_000_000, 1, 1],
      );
    });

    it('gets the state first and then a bookmark where it asks for both', async () => {
      const names: string[] = [];
      for await (const event of client.namespaces.watch({ sendInitialEvents: true })) {
        if (event.type === 'BOOKMARK') break;
        names.push(event.object.metadata.name);
      }
      assert.ok(names.includes(namespace) && names.includes('kube-system'));
    });

    it('throws Expired where a watch asks for what is forgotten', async () => {
      await api.store.compact(await api.store.revision());
      const watchFromTheStart = async () => {
        for await (const event of client.configMaps.watch({ namespace, resourceVersion: '2' })) assert.fail(event.type);
      };
      await assert.rejects(watchFromTheStart(), Expired);
    });

    it('ends a watch with its signal', async () => {
      const stop = new AbortController();
      const watching = (async () => {
        for await (const event of client.secrets.watch({ namespace, signal: stop.signal, sendInitialEvents: true }))
          if (event.type === 'BOOKMARK') stop.abort();
      })();
      await assert.rejects(watching);
      assert.ok(stop.signal.aborted);
    });

    it('sees metadata alone where that is enough', async () => {
      await client.secrets.create({ metadata: inside('slim'), stringData: { a: 'secret' } });
      const { items } = await client.metadata(client.secrets.ref).list({ namespace });
      const slim = items.find(({ metadata }) => metadata.name === 'slim');
      assert.ok(slim && !('data' in slim));
    });

    it('knows which resources there are', async () => {
      const { resources, failures } = await discoverResources(client);
      assert.deepEqual(failures, []);
      const deployments = resources.find(({ resource }) => resource === 'deployments');
      assert.deepEqual([deployments?.group, deployments?.kind, deployments?.namespaced], ['apps', 'Deployment', true]);
    });

    it('is who its credentials say', async () => {
      const { status } = await nobody.selfSubjectReviews.create({});
      assert.equal(status.userInfo?.username, 'nobody');
    });

    it('has many requests under way beside a watch', async () => {
      const watch = client.configMaps.watch({ namespace, sendInitialEvents: true })[Symbol.asyncIterator]();
      await watch.next();
      const made = await Promise.all(
        Array.from({ length: 100 }, (_, i) => client.configMaps.create({ metadata: inside(`many-${i}`) })),
      );
      assert.equal(new Set(made.map(({ metadata }) => metadata.resourceVersion)).size, 100);
      await watch.return?.();
    });
  });
}

describe('a client over https', () => {
  let api: TestApi;
  before(async () => {
    api = await openApi();
  });
  after(() => api.close());

  for (const [name, transport] of Object.entries({ httpsTransport, nodeHttpsTransport })) {
    it(`says whom it could not reach (${name})`, async () => {
      const client = createClient(transport({ server: 'https://127.0.0.1:1' }));
      await assert.rejects(
        client.pods.list(),
        (e) => e instanceof ConnectionError && e.code === 'ECONNREFUSED' && /127\.0\.0\.1:1/.test(e.message),
      );
      await client.close();
    });

    it(`believes no certificate of another authority, unless told to (${name})`, async () => {
      const { cert: ca } = await createTestAuthority();
      const client = createClient(transport({ server: api.url, ca }));
      await assert.rejects(
        client.raw('/version'),
        (e) => e instanceof ConnectionError && /certificate|signature/.test(e.message),
      );
      const careless = createClient(transport({ server: api.url, insecureSkipTlsVerify: true }));
      assert.equal((await careless.raw<{ major: string }>('/version')).major, '1');
      await Promise.all([client.close(), careless.close()]);
    });
  }

  it('refuses an address that is none', () => {
    assert.throws(() => httpsTransport({ server: 'ftp://x' }), /must begin with https/);
    assert.throws(() => httpsTransport({ server: 'https://[' }), /is no URL/);
  });
});

describe('Warning headers', () => {
  it('are read one by one, quotes and several in a line included', () => {
    assert.deepEqual(warningsOf('299 - "one", 299 kube "two \\"quoted\\""'), ['one', 'two "quoted"']);
    assert.deepEqual(warningsOf(['299 - "one"', '199 - "no"']), ['one']);
    assert.deepEqual(warningsOf(undefined), []);
  });
});
