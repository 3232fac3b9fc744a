import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import type { ConfigMap } from '@mkube/api';
import type { Client } from '../client.ts';
import { createClient } from '../create-client.ts';
import { inProcessTransport } from '../in-process-transport.ts';
import { type TestApi, eventually, openApi } from '../testing/api.test.ts';
import { ConnectionError, type Transport, type TransportResponse } from '../transport.ts';
import { type Informer, type InformerOptions, createInformer } from './informer.ts';

/** A line that can be cut: streams break off, and for as long as it is down nothing gets through. */
class Line implements Transport {
  readonly #inner: Transport;
  readonly #streams = new Set<TransportResponse>();
  requests: string[] = [];
  down = false;
  refuseWatchList = false;

  constructor(inner: Transport) {
    this.#inner = inner;
  }

  async request(request: Parameters<Transport['request']>[0]): Promise<TransportResponse> {
    this.requests.push(request.path);
    if (this.down) throw new ConnectionError('the server', Object.assign(new Error('cut'), { code: 'ECONNREFUSED' }));
    const path = this.refuseWatchList
      ? request.path.replace('resourceVersionMatch=NotOlderThan', 'resourceVersionMatch=Nonsense')
      : request.path;
    const response = await this.#inner.request({ ...request, path });
    if (request.stream) this.#streams.add(response);
    return response;
  }

  cut(): void {
    for (const { body } of this.#streams) body.destroy(new Error('cut'));
    this.#streams.clear();
  }

  close(): Promise<void> {
    return this.#inner.close();
  }
}

describe('an informer', () => {
  let api: TestApi;
  let line: Line;
  let client: Client;
  const stop = new AbortController();
  let namespace = '';
  before(async () => {
    api = await openApi();
    line = new Line(inProcessTransport(api.handle, { username: 'admin', groups: ['system:masters'] }));
    client = createClient(line);
  });
  after(async () => {
    stop.abort();
    await api.close();
  });

  const put = (name: string, data: Record<string, string> = {}) =>
    client.configMaps.create({ metadata: { name, namespace }, data });
  async function start(
    options: Partial<InformerOptions<ConfigMap>> = {},
  ): Promise<{ informer: Informer<ConfigMap>; heard: string[] }> {
    namespace = `test-${randomBytes(3).toString('hex')}`;
    await client.namespaces.create({ metadata: { name: namespace } });
    await put('before');
    const informer = createInformer({
      resource: client.configMaps,
      namespace,
      random: () => 0,
      freeze: true,
      ...options,
    });
    const heard: string[] = [];
    const note = (what: string) => (object: ConfigMap) => void heard.push(`${what} ${object.metadata.name}`);
    informer.onChange({ add: note('add'), update: note('update'), delete: note('delete') });
    void informer.run(stop.signal);
    await informer.synced();
    return { informer, heard };
  }

  it('holds what there is and hears every change', async () => {
    const { informer, heard } = await start();
    assert.deepEqual(
      informer.lister.list().map(({ kind, metadata }) => `${kind} ${metadata.name}`),
      ['ConfigMap before'],
    );
    const made = await put('new');
    await informer.until(() => informer.resourceVersion >= Number(made.metadata.resourceVersion), 5000);
    await client.configMaps.patch(made.metadata, 'merge', { data: { a: '1' } });
    await client.configMaps.delete(made.metadata);
    assert.ok(await informer.until(() => heard.includes('delete new'), 5000));
    assert.deepEqual(heard, ['add before', 'add new', 'update new', 'delete new']);
  });

  it('goes on where it stood when the stream breaks, without listing again', async () => {
    const { informer, heard } = await start();
    line.requests = [];
    line.cut();
    await put('meanwhile');
    assert.ok(await informer.until(() => heard.includes('add meanwhile'), 5000));
    const watches = line.requests.filter((path) => path.includes('watch=true'));
    assert.ok(watches.length > 0 && watches.every((path) => !path.includes('sendInitialEvents')));
  });

  it('catches up after the server was away, deletions and all', async () => {
    const { informer, heard } = await start();
    line.down = true;
    line.cut();
    const direct = createClient(inProcessTransport(api.handle, { username: 'admin', groups: ['system:masters'] }));
    await direct.configMaps.delete({ name: 'before', namespace });
    await direct.configMaps.create({ metadata: { name: 'after', namespace } });
    await eventually('it has tried again', () => line.requests.length > 0);
    line.down = false;
    assert.ok(await informer.until(() => heard.includes('delete before') && heard.includes('add after'), 10_000));
  });

  it('lists again where its revision is forgotten, and tells of what it missed as changes', async () => {
    const { informer, heard } = await start();
    line.down = true;
    line.cut();
    const direct = createClient(inProcessTransport(api.handle, { username: 'admin', groups: ['system:masters'] }));
    await direct.configMaps.delete({ name: 'before', namespace });
    await direct.configMaps.create({ metadata: { name: 'before', namespace } });
    await direct.configMaps.create({ metadata: { name: 'after', namespace } });
    for (let i = 0; i < 2000; i++)
      await direct.configMaps.patch({ name: 'after', namespace }, 'merge', { data: { i: String(i) } });
    await api.store.compact(await api.store.revision());
    line.down = false;
    assert.ok(
      await informer.until(() => informer.lister.get({ name: 'after', namespace })?.data?.['i'] === '1999', 10_000),
    );
    assert.deepEqual(heard.filter((what) => what.endsWith('before')).slice(0, 3), [
      'add before',
      'delete before',
      'add before',
    ]);
  });

  it('lists and watches where the server knows no watch-list', async () => {
    line.refuseWatchList = true;
    line.requests = [];
    const { informer, heard } = await start();
    line.refuseWatchList = false;
    assert.ok(line.requests.some((path) => path.includes('/configmaps') && !path.includes('watch=true')));
    assert.equal(informer.lister.list()[0]?.kind, 'ConfigMap');
    await put('later');
    assert.ok(await informer.until(() => heard.includes('add later'), 5000));
  });

  it('tells a handler that comes late of everything there is', async () => {
    const { informer } = await start();
    const heard: string[] = [];
    const leave = informer.onChange({ add: ({ metadata }) => void heard.push(metadata.name) });
    assert.deepEqual(heard, ['before']);
    leave();
    const made = await put('unheard');
    await informer.until(() => informer.lister.get(made.metadata) !== undefined, 5000);
    assert.deepEqual(heard, ['before']);
  });

  it('survives a handler that throws, and lets nobody change what it holds', async () => {
    const { informer, heard } = await start();
    informer.onChange({
      add(object) {
        object.data = {};
      },
    });
    await put('frozen', { a: '1' });
    assert.ok(await informer.until(() => heard.includes('add frozen'), 5000));
    assert.deepEqual(informer.lister.get({ name: 'frozen', namespace })?.data, { a: '1' });
  });

  it('shares objects with the server in this process and with other informers, and nobody can change them', async () => {
    const { informer } = await start({ freeze: true });
    const other = createInformer({ resource: client.configMaps, namespace, random: () => 0 });
    void other.run(stop.signal);
    await other.synced();
    const made = await put('shared', { a: '1' });
    for (const each of [informer, other])
      assert.ok(await each.until(() => each.lister.get(made.metadata) !== undefined, 5000));
    const object = informer.lister.get(made.metadata);
    assert.equal(object, other.lister.get(made.metadata));
    assert.throws(() => Object.assign(object?.data ?? {}, { a: '2' }), TypeError);
    assert.throws(() => Object.assign(object?.metadata ?? {}, { labels: {} }), TypeError);
    assert.deepEqual((await client.configMaps.get(made.metadata)).data, { a: '1' });
    const { metadata } = await client.configMaps.patch(made.metadata, 'merge', { data: { a: '3' } });
    assert.ok(await other.until(() => other.resourceVersion >= Number(metadata.resourceVersion), 5000));
    assert.equal(other.lister.get(metadata)?.data?.['a'], '3');
    assert.equal(object?.data?.['a'], '1');
  });

  it('gives up waiting for what does not come', async () => {
    const { informer } = await start();
    assert.equal(await informer.until(() => false, 20), false);
  });
});
