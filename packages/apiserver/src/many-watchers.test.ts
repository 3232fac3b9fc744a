/**
 * A thousand watchers of one resource while ten thousand objects change: nobody misses, repeats or reorders anything, those
 * that come in the middle join without a seam, and one that does not read is cut off without hurting the others.
 */
import { strict as assert } from 'node:assert';
import type { Readable } from 'node:stream';
import { test } from 'node:test';
import { ADMIN, type TestServer, startTestServer } from './testing/test-server.ts';

const WATCHERS = 1000;
const CHANGES = 10_000;
const AT_ONCE = 50;
const PATH = '/api/v1/namespaces/default/configmaps';
const DATA = { text: 'x'.repeat(2000) };

/** What a watcher got, as chunks that all of a group share. */
class Watcher {
  readonly query: string;
  readonly chunks: Buffer[] = [];
  bytes = 0;
  ended = false;
  readonly #gone = new AbortController();
  body: Readable | undefined;

  constructor(query: string) {
    this.query = query;
  }

  async start({ api }: TestServer, { reads = true } = {}): Promise<this> {
    const path = `${PATH}?watch=true&${this.query}`;
    const response = await api.handle({ method: 'GET', path, user: ADMIN, signal: this.#gone.signal });
    assert.equal(response.status, 200);
    this.body = response.body;
    this.body.on('close', () => (this.ended = true)).on('error', () => undefined);
    if (reads)
      this.body.on('data', (chunk: Buffer) => {
        this.chunks.push(chunk);
        this.bytes += chunk.length;
      });
    return this;
  }

  /** 'ADDED name revision' */
  changes(): string[] {
    const lines = Buffer.concat(this.chunks).toString().split('\n');
    assert.equal(lines.pop(), '', 'every event is whole');
    return lines.map((line) => {
      const { type, object } = JSON.parse(line) as { type: string; object: { metadata: Record<string, string> } };
      return `${type} ${object.metadata['name']} ${object.metadata['resourceVersion']}`;
    });
  }

  close(): void {
    this.#gone.abort();
  }
}

test(`${WATCHERS} watchers see ${CHANGES} changes, each once and in order`, async (t) => {
  const server = await startTestServer();
  const watchers: Watcher[] = [];
  t.after(async () => {
    for (const watcher of watchers) watcher.close();
    await server.close();
  });
  const since = (await server.ask('GET', PATH)).body.metadata.resourceVersion as string;
  const start = async (query: string, options?: { reads: boolean }) => {
    const watcher = await new Watcher(query).start(server, options);
    watchers.push(watcher);
    return watcher;
  };
  const equal: Watcher[] = [];
  for (let i = 0; i < WATCHERS; i++) equal.push(await start(`resourceVersion=${since}`));
  const red = await start(`resourceVersion=${since}&labelSelector=color%3Dred`);
  const one = await start(`resourceVersion=${since}&fieldSelector=metadata.name%3Dm-7`);
  const slow = await start(`resourceVersion=${since}`, { reads: false });

  const log: Change[] = [];
  const late: Watcher[] = [];
  for (let i = 0; i < CHANGES; i += AT_ONCE) {
    const changes = Array.from({ length: AT_ONCE }, (_, k) => change(server, i + k, log));
    // In the middle of the writing, from the beginning and from what was just written.
    if (i % 1000 === 500) late.push(await start(`resourceVersion=${since}`));
    if (i % 1000 === 700) late.push(await start(`resourceVersion=${log.at(-1)?.revision ?? since}`));
    await Promise.all(changes);
  }
  const expected = log.toSorted((a, b) => a.revision - b.revision);
  const [first] = equal;
  assert.ok(first);
  await settled(watchers.filter((watcher) => watcher !== slow));

  assert.deepEqual(first.changes(), expected.map(shown), 'in the order of the writes');
  const whole = Buffer.concat(first.chunks);
  for (const watcher of equal) assert.ok(isSame(whole, watcher), 'every watcher got the same bytes');
  assert.deepEqual(red.changes(), expected.filter(({ isRed }) => isRed).map(shown));
  assert.deepEqual(one.changes(), expected.filter(({ name }) => name === 'm-7').map(shown));
  for (const watcher of late) {
    const from = Number(/resourceVersion=(\d+)/.exec(watcher.query)?.[1]);
    assert.deepEqual(watcher.changes(), expected.filter(({ revision }) => revision > from).map(shown), watcher.query);
  }
  assert.equal(slow.ended, true, 'who reads nothing is cut off');
  assert.ok(
    watchers.every((watcher) => watcher === slow || !watcher.ended),
    'and nobody else',
  );
});

interface Change {
  type: string;
  name: string;
  revision: number;
  isRed: boolean;
}

const shown = ({ type, name, revision }: Change): string => `${type} ${name} ${revision}`;

/** Every object is made, and changed twice. */
async function change(server: TestServer, i: number, log: Change[]): Promise<void> {
  const number = Math.floor(i / AT_ONCE / 3) * AT_ONCE + (i % AT_ONCE);
  const name = `m-${number}`;
  const isRed = number % 10 === 0;
  const step = Math.floor(i / AT_ONCE) % 3;
  const metadata = { name, ...(isRed && { labels: { color: 'red' } }) };
  const path = `${PATH}/${name}`;
  const written = async (type: string, method: string, body: unknown) => {
    const answer = await server.ask(method, method === 'POST' ? PATH : path, body);
    assert.ok(answer.status < 300, answer.text);
    log.push({ type, name, revision: Number(answer.body.metadata.resourceVersion), isRed });
  };
  if (step === 0) return written('ADDED', 'POST', { metadata, data: DATA });
  return written('MODIFIED', 'PUT', { metadata, data: { ...DATA, step: String(step) } });
}

/** All have got what they are to get: nothing has come for a while. */
async function settled(watchers: readonly Watcher[]): Promise<void> {
  const total = () => watchers.reduce((sum, { bytes }) => sum + bytes, 0);
  for (let before = -1, quiet = 0; quiet < 5;) {
    await new Promise((resolve) => setTimeout(resolve, 20));
    const now = total();
    quiet = now === before ? quiet + 1 : 0;
    before = now;
  }
}

function isSame(whole: Buffer, { chunks, bytes }: Watcher): boolean {
  if (bytes !== whole.length) return false;
  let at = 0;
  return chunks.every((chunk) => {
    const same = whole.subarray(at, at + chunk.length).equals(chunk);
    at += chunk.length;
    return same;
  });
}
