// The store on etcd: a cluster that keeps its state there, and two control planes that share one, of which one acts.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { KubernetesObject } from '@mkube/apimachinery';
import { type Client } from '@mkube/client';
import { type EmbeddedCluster, createCluster } from '@mkube/cluster';
import { type EtcdProcess, createEtcdProcess, etcdVersion } from '@mkube/store/etcd-process';
import { type CommandCluster, eventually, prepareCluster, whyNoContainers } from '../lib/index.ts';

const POD = { spec: { containers: [{ name: 'c', image: 'example/web:1' }] } };
const COUNT = 300;
const whyNoEtcd = (await etcdVersion()) ? false : 'no etcd: install etcd-server';

describe('two control planes on one etcd', { skip: whyNoEtcd }, () => {
  let etcd: EtcdProcess;
  let first: EmbeddedCluster;
  let second: EmbeddedCluster;
  before(async () => {
    etcd = await createEtcdProcess();
    await etcd.start();
    first = await createCluster({ store: etcd.url, candidate: 'first', nodes: 1 });
    second = await createCluster({ store: etcd.url, candidate: 'second' });
  });
  after(async () => {
    await second?.close();
    await first?.close();
    await etcd?.remove();
  });

  it('one reads at once what the other wrote', async () => {
    for (let i = 0; i < 20; i++) {
      const [a, b] = i % 2 ? [first, second] : [second, first];
      const metadata = { name: `at-once-${i}`, namespace: 'default' };
      const made = await a.client.configMaps.create({ metadata });
      const { items, metadata: list } = await b.client.configMaps.list({ namespace: 'default' });
      assert.ok(
        items.some(({ metadata: { name } }) => name === metadata.name),
        `${metadata.name} is not in the list`,
      );
      assert.ok(Number(list.resourceVersion) >= Number(made.metadata.resourceVersion));
    }
  });

  it('both tell watchers the same changes in the same order', async () => {
    const { metadata } = await first.client.configMaps.list();
    const since = metadata.resourceVersion ?? '';
    const stop = new AbortController();
    const seen = [first, second].map(({ client }) => changesOf(client, { since, signal: stop.signal }));
    const write = async (client: Client, i: number) => {
      const made = await client.configMaps.create({ metadata: { name: `m-${i}`, namespace: 'default' } });
      if (i % 3 === 0) await client.configMaps.delete(made.metadata);
      else await client.configMaps.update({ ...made, data: { i: String(i) } });
    };
    for (let i = 0; i < COUNT; i += 20)
      await Promise.all(Array.from({ length: 20 }, (_, k) => write((k % 2 ? first : second).client, i + k)));
    await eventually('all changes', async () => seen.every(({ length }) => length >= 2 * COUNT));
    stop.abort();
    const [a = [], b = []] = seen;
    assert.equal(a.length, 2 * COUNT);
    assert.deepEqual(a, b);
    const revisions = a.map((change) => Number(change.split(' ')[2]));
    assert.deepEqual(
      revisions,
      revisions.toSorted((x, y) => x - y),
      'in the order of their revisions',
    );
  });

  it('of two writers of one object one wins, and the other is told', async () => {
    const made = await first.client.configMaps.create({ metadata: { name: 'race', namespace: 'default' } });
    const tries = [first, second].map(({ client }, i) =>
      client.configMaps.update({ ...made, data: { by: String(i) } }),
    );
    const results = await Promise.allSettled(tries);
    assert.deepEqual(results.map(({ status }) => status).toSorted(), ['fulfilled', 'rejected']);
    const lost = results.find((result) => result.status === 'rejected');
    assert.match(String(lost?.reason), /the object has been modified/);
  });

  it('scheduler and controllers of one act, and those of the other when it has gone', async () => {
    const holders = async () =>
      Promise.all(
        ['kube-scheduler', 'kube-controller-manager'].map(async (name) => {
          const lease = await second.client.leases.get({ name, namespace: 'kube-system' });
          return lease.spec.holderIdentity ?? '';
        }),
      );
    assert.deepEqual(await holders(), ['first', 'first']);
    await second.client.pods.create({ metadata: { name: 'one', namespace: 'default' }, ...POD });
    await eventually('it runs', async () => (await second.client.pods.get(nameOf('one'))).status?.phase === 'Running');

    await first.close();
    await eventually('the other leads', async () => (await holders()).every((holder) => holder === 'second'));
    await second.client.pods.create({ metadata: { name: 'two', namespace: 'default' }, ...POD });
    const bound = await eventually(
      'it is bound',
      async () => (await second.client.pods.get(nameOf('two'))).spec.nodeName,
    );
    assert.equal(bound, 'node-1');
  });
});

describe('a cluster on etcd', { skip: whyNoContainers() || whyNoEtcd }, () => {
  let etcd: EtcdProcess;
  let cluster: CommandCluster;
  before(async () => {
    etcd = await createEtcdProcess();
    await etcd.start();
    cluster = prepareCluster('etcd');
  });
  after(async () => {
    await cluster.close();
    await etcd.remove();
  });

  it('says clearly when there is no etcd, and leaves nothing behind', async () => {
    const { code, stderr } = await cluster.mkube(['up', '--nodes', '1', '--store', 'etcd://127.0.0.1:1']);
    assert.notEqual(code, 0);
    assert.match(stderr, /etcd at 127\.0\.0\.1:1 cannot be used/);
    assert.doesNotMatch(stderr, /\n\s+at .*\(.*:\d+:\d+\)/);
  });

  it('runs a pod, and finds its state there after a rest', async () => {
    await cluster.must(['up', '--nodes', '1', '--store', etcd.url, '--wait']);
    await cluster.must(['run', 'kept']);
    await cluster.must(['wait', '--for=condition=Ready', 'pod/kept', '--timeout=30s']);
    await cluster.must(['down']);
    await cluster.must(['up', '--wait']);
    await cluster.must(['wait', '--for=condition=Ready', 'pod/kept', '--timeout=60s']);
  });

  it('goes on at once when its server dies', async () => {
    process.kill(cluster.pid('server'), 'SIGKILL');
    await cluster.must(['up', '--wait']);
    const before = Date.now();
    await cluster.must(['run', 'after']);
    await cluster.must(['wait', '--for=condition=Ready', 'pod/after', '--timeout=30s']);
    assert.ok(Date.now() - before < 12_000, 'its own lease does not keep it waiting');
  });
});

const nameOf = (name: string) => ({ name, namespace: 'default' });

/** 'ADDED name revision', as they come. */
function changesOf(client: Client, { since, signal }: { since: string; signal: AbortSignal }): string[] {
  const seen: string[] = [];
  const follow = async () => {
    const events = client.configMaps.watch({ namespace: 'default', resourceVersion: since, signal });
    for await (const { type, object } of events as AsyncIterable<{ type: string; object: KubernetesObject }>)
      seen.push(`${type} ${object.metadata.name} ${object.metadata.resourceVersion}`);
  };
  follow().catch(() => undefined);
  return seen;
}
