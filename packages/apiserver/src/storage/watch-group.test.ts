import { strict as assert } from 'node:assert';
import { describe, it } from 'node:test';
import type { Batch, Sink } from '../request/request.ts';
import type { CacheEvent } from './resource-cache.ts';
import { Entry } from './entry.ts';
import { type WatchView, WatchGroup } from './watch-group.ts';

const view: WatchView = {
  key: 'all',
  namespace: '',
  exact: undefined,
  matches: () => true,
  bookmarks: true,
  frame: (type, { name }) => Buffer.from(`${type} ${name};`),
  bookmark: (revision) => Buffer.from(`BOOKMARK ${revision};`),
};

/** What a watcher wrote to its client. */
class Client implements Sink {
  readonly batches: Batch[] = [];
  buffered = 0;
  closed = false;

  get text(): string {
    return this.batches.map(({ payload }) => payload.toString()).join('');
  }

  write(batch: Batch): void {
    this.batches.push(batch);
  }

  async drained(): Promise<void> {}

  end(): void {
    this.closed = true;
  }

  destroy(): void {
    this.closed = true;
  }

  onClose(): void {}
}

const added = (name: string, revision: number): CacheEvent => {
  const entry = new Entry({
    key: `/registry/things/${name}`,
    namespace: '',
    name,
    stored: Buffer.from('{}'),
    revision,
    createRevision: revision,
  });
  return { type: 'ADDED', revision, entry, previous: undefined, left: () => entry };
};

function groupOf(count: number): { group: WatchGroup; clients: Client[] } {
  const group = new WatchGroup(view);
  const clients = Array.from({ length: count }, () => new Client());
  for (const client of clients) group.join(client);
  return { group, clients };
}

/** The time that is over when one member has been served. */
const ONE = -Infinity;

describe('a watch group', () => {
  it('serves members in turn, and gives to those whose turn comes later what came meanwhile', () => {
    const { group, clients } = groupOf(3);
    group.push(added('a', 1));
    assert.equal(group.flush(ONE), false);
    group.push(added('b', 2));
    assert.equal(group.flush(ONE), false);
    assert.deepEqual(
      clients.map(({ text }) => text),
      ['ADDED a;', 'ADDED a;ADDED b;', ''],
    );
    assert.equal(group.flush(), true);
    for (const { text } of clients) assert.equal(text, 'ADDED a;ADDED b;');
    assert.deepEqual(
      clients.map(({ batches }) => batches.length),
      [2, 1, 1],
    );
  });

  it('writes one batch to all who are equally far', () => {
    const { group, clients } = groupOf(3);
    group.push(added('a', 1));
    group.push(added('b', 2));
    group.flush();
    const [first] = clients;
    assert.equal(first?.batches.length, 1);
    for (const { batches } of clients) assert.equal(batches[0], first.batches[0]);
  });

  it('gives to a member that joins in the middle of a round what comes from then on', () => {
    const { group, clients } = groupOf(2);
    group.push(added('a', 1));
    group.flush(ONE);
    const late = new Client();
    group.join(late);
    group.push(added('b', 2));
    group.flush();
    assert.equal(late.text, 'ADDED b;');
    for (const { text } of clients) assert.equal(text, 'ADDED a;ADDED b;');
  });

  it('keeps the turns when members leave in the middle of a round', () => {
    const { group, clients } = groupOf(5);
    const [served, second, waiting, fourth, last] = clients;
    assert.ok(served && second && waiting && fourth && last);
    group.push(added('a', 1));
    group.flush(ONE);
    group.leave(served);
    group.leave(waiting);
    group.push(added('b', 2));
    group.flush(ONE);
    assert.deepEqual(
      clients.map(({ text }) => text),
      ['ADDED a;', 'ADDED a;ADDED b;', '', '', ''],
    );
    group.leave(last);
    assert.equal(group.flush(), true);
    assert.deepEqual([fourth.text, waiting.text, last.text, group.size], ['ADDED a;ADDED b;', '', '', 2]);
    group.push(added('c', 3));
    assert.equal(group.flush(), true);
    assert.deepEqual([second.text, fourth.text], ['ADDED a;ADDED b;ADDED c;', 'ADDED a;ADDED b;ADDED c;']);
  });

  it('serves one out of turn, once', () => {
    const { group, clients } = groupOf(2);
    const [first, last] = clients;
    assert.ok(first && last);
    group.push(added('a', 1));
    group.catchUp(last);
    assert.deepEqual([first.text, last.text], ['', 'ADDED a;']);
    group.push(added('b', 2));
    group.flush();
    assert.deepEqual([first.text, last.text], ['ADDED a;ADDED b;', 'ADDED a;ADDED b;']);
  });

  it('ends with everything and a bookmark', () => {
    const { group, clients } = groupOf(2);
    group.push(added('a', 1));
    group.flush(ONE);
    group.end(7);
    for (const { text, closed } of clients) assert.deepEqual([text, closed], ['ADDED a;BOOKMARK 7;', true]);
  });

  it('cuts off a member that takes too little, and serves the others', () => {
    const { group, clients } = groupOf(2);
    const [slow, quick] = clients;
    assert.ok(slow && quick);
    slow.buffered = 64 * 1024 * 1024;
    group.push(added('a', 1));
    assert.equal(group.flush(), true);
    assert.deepEqual([slow.closed, slow.text, group.size], [true, '', 1]);
    assert.deepEqual([quick.closed, quick.text], [false, 'ADDED a;']);
  });

  it('forgets what all have, and what those who left were to get', () => {
    const { group, clients } = groupOf(2);
    const [first, last] = clients;
    assert.ok(first && last);
    group.push(added('a', 1));
    group.flush(ONE);
    group.leave(last);
    assert.equal(group.flush(), true);
    assert.equal(last.text, '');
  });
});
