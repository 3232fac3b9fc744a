import assert from 'node:assert/strict';
import { it } from 'node:test';
import { tagsToDrop } from './clear-docker.ts';

const image = 'mkube.local/hello';

it('an image that mkube made stays in a dockerd until the last cluster that uses it goes', () => {
  const both = [`${image}:1.0`, `${image}:mk000001`, `${image}:mk000002`];
  assert.deepEqual(tagsToDrop(both, 'mk000001'), [`${image}:mk000001`]);
  assert.deepEqual(tagsToDrop([`${image}:1.0`, `${image}:mk000002`], 'mk000001'), []);
  assert.deepEqual(tagsToDrop([`${image}:1.0`, `${image}:mk000002`], 'mk000002'), [
    `${image}:1.0`,
    `${image}:mk000002`,
  ]);
});

it('a name that somebody else gave the same image stays', () => {
  assert.deepEqual(tagsToDrop([`${image}:mk000001`, 'theirs:1'], 'mk000001'), [`${image}:mk000001`]);
});
