import { test } from 'node:test';
import assert from 'node:assert/strict';
import { BadRequest } from './errors.ts';
import { fieldSelectorFrom, parseFieldSelector } from './fields.ts';

test('terms are joined by AND, a missing field is empty', () => {
  const selector = parseFieldSelector('spec.nodeName=a,status.phase!=Failed');
  assert.equal(selector.matches({ 'spec.nodeName': 'a' }), true);
  assert.equal(selector.matches({ 'spec.nodeName': 'a', 'status.phase': 'Failed' }), false);
  assert.equal(selector.exact('spec.nodeName'), 'a');
  assert.equal(parseFieldSelector('').empty, true);
  assert.equal(parseFieldSelector('a==b').toString(), 'a=b');
});

test('escapes are read and written', () => {
  const [requirement] = parseFieldSelector(String.raw`a=x\,y\=z\\`).requirements;
  assert.deepEqual(requirement, { field: 'a', operator: '=', value: 'x,y=z\\' });
  assert.equal(fieldSelectorFrom([{ field: 'a', operator: '=', value: 'x,y' }]).toString(), String.raw`a=x\,y`);
});

for (const text of ['a', 'a=b=c', String.raw`a=\x`, 'a,b=c'])
  test(`'${text}' is refused`, () => {
    assert.throws(() => parseFieldSelector(text), BadRequest);
  });
