import assert from 'node:assert/strict';
import { test } from 'node:test';
import { indent, wordWrap } from './word-wrap.ts';

test('lines break between words, never inside of one, and keep the breaks they have', () => {
  assert.equal(wordWrap('one two three', 7), 'one two\nthree');
  assert.equal(wordWrap('alongerword b', 5), 'alongerword\nb');
  assert.equal(wordWrap('a\n\nb c', 10), 'a\n\nb c');
});

test('every line is indented, empty ones too', () => assert.equal(indent('a\n\nb', 2), '  a\n  \n  b'));
