/** Who waits, who is told to come again, and who is not held up. */
import { strict as assert } from 'node:assert';
import { test } from 'node:test';
import { Timeout, TooManyRequests } from '@mkube/apimachinery';
import type { RequestInfo } from '../request/info.ts';
import { Deadlines, deadlineOf } from './deadlines.ts';
import { Limiter } from './limiter.ts';

const USER = { username: 'ann', groups: [] };
const info = (verb: string, subresource = ''): RequestInfo => ({
  type: 'resource',
  verb,
  group: '',
  version: 'v1',
  resource: 'pods',
  subresource,
  namespace: 'x',
  name: '',
  rest: '',
});

test('a write over the limit waits, one over the line is sent away, and reads are apart', async () => {
  const limiter = new Limiter({ maxReading: 1, maxWriting: 1, maxQueue: 1, maxWaitMs: 5000 });
  let finish: () => void = () => undefined;
  const held = new Promise<void>((resolve) => (finish = resolve));
  const first = limiter.run(USER, info('create'), () => held);
  const second = limiter.run(USER, info('create'), () => Promise.resolve('second'));
  await assert.rejects(
    limiter.run(USER, info('create'), () => Promise.resolve()),
    (error) => {
      assert.ok(error instanceof TooManyRequests);
      return error.details?.retryAfterSeconds === 1;
    },
  );
  assert.equal(await limiter.run(USER, info('get'), () => Promise.resolve('read')), 'read');
  assert.equal(await limiter.run(USER, info('watch'), () => Promise.resolve('watch')), 'watch');
  const admin = { username: 'root', groups: ['system:masters'] };
  assert.equal(await limiter.run(admin, info('create'), () => Promise.resolve('admin')), 'admin');
  finish();
  await first;
  assert.equal(await second, 'second');
  assert.equal(limiter.writing, 0);
});

test('a wait that is too long ends in the same refusal', async () => {
  const limiter = new Limiter({ maxReading: 1, maxWriting: 1, maxQueue: 1, maxWaitMs: 20 });
  let finish: () => void = () => undefined;
  const first = limiter.run(USER, info('create'), () => new Promise<void>((resolve) => (finish = resolve)));
  await assert.rejects(
    limiter.run(USER, info('create'), () => Promise.resolve()),
    TooManyRequests,
  );
  finish();
  await first;
});

test('work that does not come to an end in its time is a Timeout; watches and streams have no time', async () => {
  const deadlines = new Deadlines();
  await assert.rejects(deadlines.within(10, new Promise(() => undefined)), Timeout);
  assert.equal(await deadlines.within(10_000, Promise.resolve(1)), 1);
  deadlines.close();
  assert.equal(deadlineOf(info('watch')), undefined);
  assert.equal(deadlineOf(info('get', 'log')), undefined);
  assert.equal(deadlineOf(info('create')), 34_000);
  assert.equal(deadlineOf(info('list')), 60_000);
});
