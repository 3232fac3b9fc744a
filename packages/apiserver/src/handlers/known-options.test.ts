/** What is known of a query is told to nobody for whom it would be something else. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Invalid } from '@mkube/apimachinery';
import { KnownOptions } from './known-options.ts';

test('the same query says the same, but for who asks and what', () => {
  const known = new KnownOptions();
  const query = new URLSearchParams('dryRun=All');
  const from = (agent: string) => known.of({ query, headers: { 'user-agent': agent } }, 'CreateOptions');
  const first = from('kubectl/v1.35');
  assert.deepEqual([first.dryRun, first.fieldManager], [true, 'kubectl']);
  assert.equal(from('kubectl/v1.35'), first);
  assert.equal(from('helm/4').fieldManager, 'helm');
  assert.equal(from('kubectl/v1.35').fieldManager, 'kubectl');
});

test('what is wrong with a query is said each time, of the options that were asked for', () => {
  const known = new KnownOptions();
  const request = { query: new URLSearchParams('dryRun=Some'), headers: {} };
  for (const kind of ['CreateOptions', 'CreateOptions', 'PatchOptions'])
    assert.throws(
      () => known.of(request, kind),
      (error) => error instanceof Invalid && error.message.startsWith(`${kind}.meta.k8s.io `),
    );
});
