/** URLs are read once, and always as they would be read alone. */
import { strict as assert } from 'node:assert';
import { test } from 'node:test';
import { parseRequestInfo } from './info.ts';
import { Targets } from './target.ts';

test('the same URL gives the same objects, another method another meaning', () => {
  const targets = new Targets();
  const url = '/api/v1/namespaces/default/pods/a?pretty=true';
  const first = targets.of('GET', url);
  assert.equal(targets.of('GET', url), first);
  assert.equal(targets.of('DELETE', url).info?.verb, 'delete');
  assert.equal(first.query.get('pretty'), 'true');
  assert.deepEqual(first.info, parseRequestInfo('GET', first.path, first.query));
});

test('what is not validly encoded has no meaning, however often it comes', () => {
  const targets = new Targets();
  for (let i = 0; i < 2; i++) assert.equal(targets.of('GET', '/api/v1/pods/%ZZ').info, undefined);
});

test('long URLs are not kept, and of short ones only so many', () => {
  const targets = new Targets();
  const long = `/api/v1/pods?labelSelector=${'a'.repeat(600)}`;
  assert.notEqual(targets.of('GET', long), targets.of('GET', long));
  const first = targets.of('GET', '/api/v1/pods/first');
  for (let i = 0; i < 5000; i++) targets.of('GET', `/api/v1/pods/${i}`);
  assert.notEqual(targets.of('GET', '/api/v1/pods/first'), first);
});
