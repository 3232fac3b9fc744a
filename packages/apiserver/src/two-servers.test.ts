/**
 * Two API servers on one store: what is written through one is read, listed, watched and paged through the other, thousands
 * of times, as if there were one.
 */
import { strict as assert } from 'node:assert';
import { after, before, describe, test } from 'node:test';
import type { Store } from '@mkube/store';
import { type TestServer, type TestWatch, startTestServer } from './testing/test-server.ts';
import { openTestStores } from './testing/test-store.ts';

const PATH = '/api/v1/namespaces/shared/configmaps';
const MERGE = { headers: { 'content-type': 'application/merge-patch+json' } };
const ROUNDS = 1000;
const NAMES = 40;
const PAGE = 7;

/** The same numbers in every run. */
function randomOf(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state * 48_271) % 2_147_483_647;
    return state % below;
  };
}

describe('two servers on one store', () => {
  let stores: Store[];
  let servers: [TestServer, TestServer];
  before(async () => {
    stores = await openTestStores(2);
    const [first, second] = await Promise.all(stores.map((store) => startTestServer({ store })));
    assert.ok(first && second);
    servers = [first, second];
    await first.ask('POST', '/api/v1/namespaces', { metadata: { name: 'shared' } });
  });
  after(async () => {
    await Promise.all(servers.map((server) => server.close()));
    await Promise.all([...new Set(stores)].map((store) => store.close()));
  });

  test('what one acknowledges the other shows at once: in a get, in a list, to its watchers, in the same order', async () => {
    const random = randomOf(7);
    const model = new Map<string, number>();
    const told: string[] = [];
    const watches = await Promise.all(servers.map((server) => server.watch(`${PATH}?watch=1&resourceVersion=0`)));
    for (let round = 0; round < ROUNDS; round++) {
      const [writer, reader] = round % 2 ? servers : [servers[1], servers[0]];
      const name = `c${random(NAMES)}`;
      const type = await change(writer, { name, round, model, remove: random(3) === 0 });
      told.push(`${type} ${name} ${model.get(name) ?? ''}`);
      await assertSeen(reader, name, model);
    }
    for (const watch of watches) assert.deepEqual(await eventsOf(watch, told), told);
  });

  async function change(
    server: TestServer,
    { name, round, model, remove }: { name: string; round: number; model: Map<string, number>; remove: boolean },
  ): Promise<string> {
    const data = { round: String(round) };
    if (!model.has(name)) {
      assert.equal((await server.ask('POST', PATH, { metadata: { name }, data })).status, 201);
      model.set(name, round);
      return 'ADDED';
    }
    if (remove) {
      assert.equal((await server.ask('DELETE', `${PATH}/${name}`)).status, 200);
      model.delete(name);
      return 'DELETED';
    }
    assert.equal((await server.ask('PATCH', `${PATH}/${name}`, { data }, MERGE)).status, 200);
    model.set(name, round);
    return 'MODIFIED';
  }

  async function assertSeen(server: TestServer, name: string, model: ReadonlyMap<string, number>): Promise<void> {
    const [one, all] = await Promise.all([server.ask('GET', `${PATH}/${name}`), server.ask('GET', PATH)]);
    const round = model.get(name);
    assert.equal(one.status, round === undefined ? 404 : 200);
    assert.equal(one.body.data?.round, round === undefined ? undefined : String(round));
    assert.deepEqual(roundsOf(all.body), [...model].map(([n, r]) => `${n} ${r}`).toSorted());
  }

  async function eventsOf(watch: TestWatch, told: readonly string[]): Promise<string[]> {
    const seen: string[] = [];
    while (seen.length < told.length) {
      const event = await watch.next(30_000);
      if (!event) break;
      const { metadata, data } = event.object;
      seen.push(`${event.type} ${metadata.name} ${event.type === 'DELETED' ? '' : data.round}`);
    }
    watch.close();
    return seen;
  }

  test('pages that one begins the other goes on with, at the revision of the first, while both write', async () => {
    const random = randomOf(11);
    for (let round = 0; round < 20; round++) {
      const { body } = await servers[0].ask('GET', PATH);
      const wanted = roundsOf(body);
      const { resourceVersion } = body.metadata;
      const seen: string[] = [];
      let token = '';
      for (let page = 0; page === 0 || token; page++) {
        const from = token ? `continue=${token}` : `resourceVersion=${resourceVersion}`;
        const answer = await servers[page % 2 ? 1 : 0].ask('GET', `${PATH}?limit=${PAGE}&${from}`);
        assert.equal(answer.status, 200, answer.text);
        assert.equal(answer.body.metadata.resourceVersion, resourceVersion);
        seen.push(...roundsOf(answer.body));
        token = (answer.body.metadata.continue as string | undefined) ?? '';
        const name = `p${random(NAMES)}-${round}-${page}`;
        await servers[random(2) ? 1 : 0].ask('POST', PATH, { metadata: { name }, data: { round: '0' } });
      }
      assert.deepEqual(seen.toSorted(), wanted);
    }
  });

  test('a watch goes on at the other where it was left at the one', async () => {
    const { body } = await servers[0].ask('GET', PATH);
    let since = body.metadata.resourceVersion as string;
    for (let round = 0; round < 50; round++) {
      const name = `w${round}`;
      await servers[round % 2 ? 0 : 1].ask('POST', PATH, { metadata: { name } });
      const watch = await servers[round % 2 ? 1 : 0].watch(`${PATH}?watch=1&resourceVersion=${since}`);
      const event = await watch.next(30_000);
      assert.deepEqual([event?.type, event?.object.metadata.name], ['ADDED', name]);
      since = event?.object.metadata.resourceVersion;
      watch.close();
    }
  });

  test('of writers of one object at both, each either counts or is told that it came late', async () => {
    await servers[0].ask('POST', PATH, { metadata: { name: 'race' }, data: { n: '0' } });
    for (let round = 0; round < 50; round++) {
      const { body } = await servers[round % 2 ? 1 : 0].ask('GET', `${PATH}/race`);
      const answers = await Promise.all(
        servers.map((server, i) => server.ask('PUT', `${PATH}/race`, { ...body, data: { n: `${round}-${i}` } })),
      );
      assert.deepEqual(answers.map(({ status }) => String(status)).toSorted(), ['200', '409']);
    }
  });
});

// oxlint-disable-next-line typescript/no-explicit-any -- bodies of any list
const roundsOf = (body: any): string[] =>
  (body.items as { metadata: { name: string }; data?: { round?: string } }[])
    .map(({ metadata, data }) => `${metadata.name} ${data?.round}`)
    .toSorted();
