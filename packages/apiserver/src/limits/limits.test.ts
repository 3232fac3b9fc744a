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
  const of = (verb: string, subresource = '', timeout?: string) =>
    deadlineOf(info(verb, subresource), new URLSearchParams(timeout === undefined ? '' : { timeout }));
  assert.equal(of('watch'), undefined);
  assert.equal(of('watch', '', '5s'), undefined);
  assert.equal(of('get', 'log'), undefined);
  assert.equal(of('create'), 34_000);
  assert.equal(of('list'), 60_000);
  assert.equal(of('list', '', '32s'), 32_000, 'as the client wishes');
  assert.equal(of('list', '', '1m500ms'), 60_000, 'but no longer');
  assert.equal(of('list', '', '0s'), 60_000);
  assert.throws(() => of('list', '', 'soon'), /invalid timeout specified in the request URL/);
});
