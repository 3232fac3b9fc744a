import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, beforeEach, describe, it } from 'node:test';
import type { ConfigMap } from '@mkube/api';
import { keyOf, parseKey } from '@mkube/apimachinery';
import type { Client } from '../client.ts';
import { createClient } from '../create-client.ts';
import { inProcessTransport } from '../in-process-transport.ts';
import { type Informer, createInformer } from '../informer/informer.ts';
import { type TestApi, eventually, openApi } from '../testing/api.test.ts';
import { type Controller, TerminalError, runController } from './controller.ts';
import { watch } from './watch.ts';

describe('a controller', () => {
  let api: TestApi;
  let client: Client;
  let namespace = '';
  let informer: Informer<ConfigMap>;
  let stop = new AbortController();
  before(async () => {
    api = await openApi();
    client = createClient(inProcessTransport(api.handle, { username: 'admin', groups: ['system:masters'] }));
  });
  after(async () => {
    stop.abort();
    await api.close();
  });
  beforeEach(async () => {
    stop.abort();
    stop = new AbortController();
    namespace = `test-${randomBytes(3).toString('hex')}`;
    await client.namespaces.create({ metadata: { name: namespace } });
    informer = createInformer({ resource: client.configMaps, namespace, freeze: true });
    void informer.run(stop.signal);
  });

  const put = (name: string) => client.configMaps.create({ metadata: { name, namespace } });
  const run = (reconcile: Controller['reconcile'], watches = [watch(informer)]) =>
    runController({ name: 'test', watches, reconcile }, { signal: stop.signal });

  it('is given the key of each object, once at a time', async () => {
    for (const name of ['a', 'b']) await put(name);
    const keys: string[] = [];
    const atWork = new Set<string>();
    void run(async (key) => {
      assert.ok(!atWork.has(key), `${key} is given to two workers`);
      atWork.add(key);
      keys.push(key);
      await client.configMaps.get(parseKey(key));
      atWork.delete(key);
    });
    await eventually('both are seen', () => keys.length >= 2);
    assert.deepEqual(keys.toSorted(), [`${namespace}/a`, `${namespace}/b`]);
  });

  it('finds its own last write in the cache when the key comes again', async () => {
    const { metadata } = await put('counted');
    let stale = 0;
    let written = 0;
    void run(async (key, signal) => {
      const cached = informer.lister.get(key);
      if (!cached) return;
      if (Number(cached.data?.['count'] ?? 0) !== written) stale++;
      if (written >= 50) return;
      written++;
      await client.configMaps.update({ ...cached, data: { count: String(written) } }, { signal });
    });
    await eventually('50 writes are made', () => written === 50);
    assert.equal(stale, 0);
    assert.equal((await client.configMaps.get(metadata)).data?.['count'], '50');
  });

  it('makes nothing twice, however often its key comes', async () => {
    const { metadata } = await put('owner');
    const ownerKey = `${namespace}/owner`;
    let made = 0;
    void run(
      async (_, signal) => {
        if (informer.lister.list().some(({ metadata: m }) => m.name === 'made')) return;
        made++;
        await client.configMaps.create({ metadata: { name: 'made', namespace } }, { signal });
      },
      [watch(informer, () => ownerKey)],
    );
    for (let i = 0; i < 20; i++) await client.configMaps.patch(metadata, 'merge', { data: { i: String(i) } });
    await eventually('it is made', () => made > 0);
    assert.equal(made, 1);
  });

  it('tries again after a failure, and not after one for good', async () => {
    await put('fails');
    await put('hopeless');
    const tries = new Map<string, number>();
    void run(async (key) => {
      const count = (tries.get(key) ?? 0) + 1;
      tries.set(key, count);
      if (key.endsWith('/hopeless')) throw new TerminalError('never');
      if (count < 4) throw new Error('not yet');
    });
    await eventually('the fourth try is made', () => tries.get(`${namespace}/fails`) === 4);
    assert.equal(tries.get(`${namespace}/hopeless`), 1);
  });

  it('looks again when it has asked to', async () => {
    await put('again');
    let looks = 0;
    void run(async () => (++looks < 3 ? { requeueAfter: 1 } : undefined));
    await eventually('it has looked three times', () => looks === 3);
  });

  it('ends when it is told to, after what is under way', async () => {
    await put('slow');
    let ended = false;
    let began = false;
    const running = run(async (key, signal) => {
      began = true;
      await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
      await client.configMaps.get(parseKey(key));
      ended = true;
    });
    await eventually('it has begun', () => began);
    stop.abort();
    await running;
    assert.ok(ended);
    assert.equal(keyOf({ metadata: { namespace, name: 'slow' } }), `${namespace}/slow`);
  });
});
