/**
 * Every combination of resourceVersion, resourceVersionMatch, limit and continue in a list, and of those and sendInitialEvents in
 * a watch, beside what Kubernetes' rules say of it. The rules are written down here once more, apart from the server's.
 */
import { strict as assert } from 'node:assert';
import { after, before, describe, test } from 'node:test';
import { type TestServer, startTestServer } from './testing/test-server.ts';

const PATH = '/api/v1/namespaces/lists/configmaps';
const FUTURE = '999999999';

interface Material {
  /** Revisions as text. */
  compacted: string;
  old: string;
  current: string;
  /** Names at the revisions. */
  before: string[];
  now: string[];
  tokens: { valid: string; expired: string };
}

interface ListCase {
  rv: string | undefined;
  match: string | undefined;
  limit: number;
  token: 'valid' | 'expired' | 'bad' | undefined;
}

type Expected = { status: number; names?: string[]; rv?: string; reason?: string; fields?: string[] };

const combinations = <T extends object>(of: { [K in keyof T]: readonly T[K][] }): T[] =>
  (Object.entries(of) as [keyof T, readonly T[keyof T][]][]).reduce<T[]>(
    (sofar, [name, values]) => sofar.flatMap((one) => values.map((value) => ({ ...one, [name]: value }))),
    [{} as T],
  );

function expectedList({ rv, match, limit, token }: ListCase, m: Material): Expected {
  const fields = [
    ...(match && rv === undefined ? ['resourceVersionMatch'] : []),
    ...(match && token ? ['resourceVersionMatch'] : []),
    ...(match && match !== 'Exact' && match !== 'NotOlderThan' ? ['resourceVersionMatch'] : []),
    ...(match === 'Exact' && rv === '0' ? ['resourceVersionMatch'] : []),
  ];
  if (fields.length > 0) return { status: 422, reason: 'Invalid', fields };
  if (token) return expectedPage(token, rv, limit, m);
  const page = (names: string[]): string[] => (limit > 0 ? names.slice(0, limit) : names);
  if (rv === undefined) return { status: 200, names: page(m.now), rv: m.current };
  if (rv === '0') return { status: 200, names: m.now, rv: m.current };
  if (rv === 'x') return { status: 400, reason: 'BadRequest' };
  if (rv === FUTURE) return { status: 504, reason: 'Timeout' };
  const exact = match === 'Exact' || (match === undefined && limit > 0);
  if (!exact) return { status: 200, names: page(m.now), rv: m.current };
  if (rv === m.compacted) return { status: 410, reason: 'Expired' };
  return { status: 200, names: page(rv === m.old ? m.before : m.now), rv };
}

function expectedPage(token: string, rv: string | undefined, limit: number, m: Material): Expected {
  if (token === 'bad' || (rv !== undefined && rv !== '0')) return { status: 400, reason: 'BadRequest' };
  if (token === 'expired') return { status: 410, reason: 'Expired' };
  const rest = m.before.slice(1);
  return { status: 200, names: limit > 0 ? rest.slice(0, limit) : rest, rv: m.old };
}

const queryOf = (parameters: Record<string, string | number | undefined>): string =>
  new URLSearchParams(
    Object.entries(parameters)
      .filter(([, value]) => value !== undefined && value !== 0)
      .map(([name, value]): [string, string] => [name, String(value)]),
  ).toString();

describe('list and watch options', () => {
  let server: TestServer;
  let m: Material;
  before(async () => {
    server = await startTestServer();
    await server.ask('POST', '/api/v1/namespaces', { metadata: { name: 'lists' } });
    const create = (name: string) => server.ask('POST', PATH, { metadata: { name } });
    await create('a');
    const expired = await create('b').then(() => server.ask('GET', `${PATH}?limit=1`));
    const compacted = expired.body.metadata.resourceVersion as string;
    await create('c');
    await server.store.compact(Number((await create('d')).body.metadata.resourceVersion));
    const valid = await server.ask('GET', `${PATH}?limit=1`);
    await server.ask('DELETE', `${PATH}/c`);
    await create('e');
    const { body } = await server.ask('GET', PATH);
    m = {
      compacted,
      old: valid.body.metadata.resourceVersion as string,
      current: body.metadata.resourceVersion as string,
      before: ['a', 'b', 'c', 'd'],
      now: ['a', 'b', 'd', 'e'],
      tokens: { valid: valid.body.metadata.continue as string, expired: expired.body.metadata.continue as string },
    };
  });
  after(() => server.close());
  const revisions = () => [undefined, '0', m.compacted, m.old, m.current, FUTURE, 'x'];

  test('a list answers every combination as Kubernetes does', async () => {
    const cases = combinations<ListCase>({
      rv: revisions(),
      match: [undefined, 'NotOlderThan', 'Exact', 'x'],
      limit: [0, 2],
      token: [undefined, 'valid', 'expired', 'bad'],
    });
    assert.equal(cases.length, 7 * 4 * 2 * 4);
    for (const one of cases) {
      const token = one.token === 'bad' ? 'bad' : one.token && m.tokens[one.token];
      const query = queryOf({
        resourceVersion: one.rv,
        resourceVersionMatch: one.match,
        limit: one.limit,
        continue: token,
      });
      const { status, body, text } = await server.ask('GET', `${PATH}?${query}`);
      const wanted = expectedList(one, m);
      assert.equal(status, wanted.status, `${query}: ${text}`);
      if (wanted.reason) assert.equal(body.reason, wanted.reason, query);
      if (wanted.fields) assert.deepEqual(fieldsOf(body), wanted.fields, query);
      if (!wanted.names) continue;
      assert.deepEqual(namesOf(body), wanted.names, query);
      assert.equal(body.metadata.resourceVersion, wanted.rv, query);
    }
  });

  test('an expired token offers another, which goes on with what there is now', async () => {
    const { body } = await server.ask('GET', `${PATH}?limit=2&continue=${m.tokens.expired}`);
    assert.match(body.message, /^The provided continue parameter is too old to display a consistent list result\./);
    const rest = await server.ask('GET', `${PATH}?limit=2&continue=${body.metadata.continue}`);
    assert.deepEqual(namesOf(rest.body), ['b', 'd']);
    assert.equal(rest.body.metadata.resourceVersion, m.current);
    const last = await server.ask('GET', `${PATH}?limit=2&continue=${rest.body.metadata.continue}`);
    assert.deepEqual(namesOf(last.body), ['e']);
  });

  test('a get answers every resourceVersion', async () => {
    for (const rv of revisions()) {
      const { status, text } = await server.ask('GET', `${PATH}/a?${queryOf({ resourceVersion: rv })}`);
      assert.equal(status, rv === FUTURE ? 504 : rv === 'x' ? 422 : 200, `${rv}: ${text}`);
    }
  });

  interface WatchCase {
    rv: string | undefined;
    match: string | undefined;
    initial: string | undefined;
    bookmarks: string | undefined;
    token: string | undefined;
  }

  function expectedWatch({ rv, match, initial, bookmarks, token }: WatchCase): Expected {
    const fields = [
      ...(initial && match !== 'NotOlderThan' ? ['resourceVersionMatch'] : []),
      ...(match && !initial ? ['resourceVersionMatch'] : []),
      ...(match && match !== 'NotOlderThan' ? ['resourceVersionMatch'] : []),
      ...(token && (match || (!initial && (!rv || rv === '0'))) ? ['resourceVersionMatch'] : []),
    ];
    if (fields.length > 0) return { status: 422, reason: 'Invalid', fields };
    if (rv === 'x') return { status: 422, reason: 'Invalid', fields: ['resourceVersion'] };
    if (rv === FUTURE) return { status: 504, reason: 'Timeout' };
    const state = initial === undefined ? rv === undefined || rv === '0' : initial === 'true';
    const mark = initial === 'true' && bookmarks === 'true' ? ['BOOKMARK'] : [];
    if (state) return { status: 200, names: [...m.now.map((name) => `ADDED ${name}`), ...mark] };
    if (rv === undefined || rv === '0' || rv === m.current) return { status: 200, names: [] };
    if (rv === m.compacted) return { status: 410, reason: 'Expired' };
    return { status: 200, names: ['DELETED c', 'ADDED e'] };
  }

  test('a watch answers every combination as Kubernetes does', async () => {
    const cases = combinations<WatchCase>({
      rv: revisions(),
      match: [undefined, 'NotOlderThan', 'Exact', 'x'],
      initial: [undefined, 'true', 'false'],
      bookmarks: [undefined, 'true'],
      token: [undefined, m.tokens.valid],
    });
    for (const one of cases) {
      const query = queryOf({
        watch: 'true',
        resourceVersion: one.rv,
        resourceVersionMatch: one.match,
        sendInitialEvents: one.initial,
        allowWatchBookmarks: one.bookmarks,
        continue: one.token,
      });
      const wanted = expectedWatch(one);
      if (wanted.status !== 200) {
        const { status, body, text } = await server.ask('GET', `${PATH}?${query}`);
        assert.equal(status, wanted.status, `${query}: ${text}`);
        assert.equal(body.reason, wanted.reason, query);
        if (wanted.fields) assert.deepEqual(fieldsOf(body), wanted.fields, query);
        continue;
      }
      const watch = await server.watch(`${PATH}?${query}`);
      assert.equal(watch.status, 200, query);
      assert.deepEqual(await watch.nextNames(wanted.names?.length ?? 0), wanted.names, query);
      watch.close();
    }
  });
});

// oxlint-disable-next-line typescript/no-explicit-any -- bodies of any list
const namesOf = (body: any): string[] => body.items.map((item: { metadata: { name: string } }) => item.metadata.name);

// oxlint-disable-next-line typescript/no-explicit-any -- a Status
const fieldsOf = (body: any): string[] => body.details.causes.map(({ field }: { field: string }) => field);
