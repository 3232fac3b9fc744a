/** Many watchers of one busy resource: nobody misses, repeats or reorders an event; who does not read is cut off alone. */
import { strict as assert } from 'node:assert';
import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';
import { test } from 'node:test';
import { ADMIN, startTestServer } from './testing/test-server.ts';

const PATH = '/api/v1/namespaces/default/configmaps';
const WATCHERS = 1000;
const OBJECTS = 1500;
const GROUPS = 10;

/** What a watcher got, without keeping it: how much, and a hash of it. */
class Reader {
  readonly #hash = createHash('sha1');
  #tail = '';
  events = 0;
  readonly done: Promise<string>;

  constructor(body: Readable, last: string) {
    this.done = new Promise((resolve, reject) => {
      body.on('data', (chunk: Buffer) => {
        this.#hash.update(chunk);
        for (let at = chunk.indexOf(10); at >= 0; at = chunk.indexOf(10, at + 1)) this.events++;
        this.#tail = (this.#tail + chunk.toString('latin1', Math.max(0, chunk.length - 600))).slice(-600);
        if (this.#tail.includes(last)) resolve(this.#hash.digest('hex'));
      });
      body.once('close', () => reject(new Error(`cut off after ${this.events} events`)));
      body.on('error', () => undefined);
    });
  }
}

test('a thousand watchers all see every change of what they select, once and in order', async () => {
  const server = await startTestServer();
  const revision = (await server.ask('GET', PATH)).body.metadata.resourceVersion as string;
  const gone = new AbortController();
  const readers = await Promise.all(
    Array.from({ length: WATCHERS }, async (_, i) => {
      const path = `${PATH}?watch=true&resourceVersion=${revision}&labelSelector=group+in+(g${i % GROUPS},last)`;
      const { body } = await server.api.handle({ method: 'GET', path, user: ADMIN, signal: gone.signal });
      return new Reader(body, '"name":"the-last"');
    }),
  );
  const make = (name: string, group: string) => server.ask('POST', PATH, { metadata: { name, labels: { group } } });
  await Promise.all(Array.from({ length: OBJECTS }, (_, i) => make(`o${i}`, `g${i % GROUPS}`)));
  await make('the-last', 'last');
  const hashes = await Promise.all(readers.map((reader) => reader.done));
  gone.abort();
  for (const [i, reader] of readers.entries()) {
    assert.equal(reader.events, OBJECTS / GROUPS + 1);
    assert.equal(hashes[i], hashes[i % GROUPS], 'watchers of the same selection got the same bytes');
  }
  assert.equal(new Set(hashes).size, GROUPS);
  await server.close();
});

test('a watcher that does not read is cut off, and the others do not notice', async () => {
  const server = await startTestServer();
  const revision = (await server.ask('GET', PATH)).body.metadata.resourceVersion as string;
  const path = `${PATH}?watch=true&resourceVersion=${revision}`;
  const { body: slow } = await server.api.handle({ method: 'GET', path, user: ADMIN });
  const cut = new Promise<void>((resolve) => slow.once('close', resolve));
  slow.on('error', () => undefined);
  const gone = new AbortController();
  const { body } = await server.api.handle({ method: 'GET', path, user: ADMIN, signal: gone.signal });
  const reader = new Reader(body, '"name":"the-last"');
  const text = 'x'.repeat(100_000);
  for (let i = 0; i < 200; i++) await server.ask('POST', PATH, { metadata: { name: `o${i}` }, data: { text } });
  await server.ask('POST', PATH, { metadata: { name: 'the-last' } });
  await reader.done;
  assert.equal(reader.events, 201);
  await cut;
  gone.abort();
  await server.close();
});
