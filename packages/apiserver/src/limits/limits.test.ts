/** Work has its time, by what it is. */
import { strict as assert } from 'node:assert';
import { test } from 'node:test';
import { Timeout } from '@mkube/apimachinery';
import type { RequestInfo } from '../request/info.ts';
import { Deadlines, deadlineOf } from './deadlines.ts';

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
