import { test } from 'node:test';
import assert from 'node:assert/strict';
import { validateLabelSelector, validateLabels } from './label-validation.ts';
import { parseLabelSelector, selectorOf, selectorOfMap } from './labels.ts';
import { BadRequest } from './errors.ts';

const matching: [selector: string, labels: Record<string, string> | undefined, expected: boolean][] = [
  ['', undefined, true],
  ['a=b', { a: 'b' }, true],
  ['a==b', { a: 'c' }, false],
  ['a=b,c=d', { a: 'b', c: 'd' }, true],
  ['a!=b', {}, true],
  ['a!=b', { a: 'b' }, false],
  ['a in (b, c)', { a: 'c' }, true],
  ['a notin (b,c)', {}, true],
  ['a notin (b,c)', { a: 'b' }, false],
  ['a', { a: '' }, true],
  ['!a', { a: '' }, false],
  ['! a', {}, true],
  ['a>5', { a: '6' }, true],
  ['a>5', { a: 'x' }, false],
  ['a<5', { a: '-7' }, true],
  ['a=', { a: '' }, true],
  ['a=,b', { a: '', b: 'x' }, true],
  ['a in (,b)', { a: '' }, true],
  ['in in (in)', { in: 'in' }, true],
  ['example.com/role=x', { 'example.com/role': 'x' }, true],
  ['toString=x', {}, false],
];
for (const [selector, labels, expected] of matching)
  test(`'${selector}' ${expected ? 'matches' : 'does not match'} ${JSON.stringify(labels)}`, () => {
    assert.equal(parseLabelSelector(selector).matches(labels), expected);
  });

const refused: [selector: string, message: RegExp][] = [
  ['a=b,', /^found '', expected: identifier after ','/],
  ['a b', /^unable to parse requirement: found 'b', expected: in, notin, =, ==, !=, gt, lt/],
  ['a in b', /found 'b' expected: '\('/],
  ['a in (b c)', /found 'c', expected: ',' or '\)'/],
  [',a', /^found ',', expected: !, identifier, or 'end of string'/],
  ['a=!', /found '!', expected: identifier/],
  ['a>x', /values\[0\]: Invalid value: "x": for 'Gt', 'Lt' operators, the value must be an integer/],
  ['-a=b', /unable to parse requirement: <nil>: Invalid value: "-a": name part must consist of/],
  ['a=-b', /values\[0\]\[a\]: Invalid value: "-b": a valid label must be an empty string or consist of/],
  ['a in (b', /found '', expected: ',' or '\)'/],
];
for (const [selector, message] of refused)
  test(`'${selector}' is refused`, () => {
    assert.throws(
      () => parseLabelSelector(selector),
      (error) => error instanceof BadRequest && message.test(error.message),
    );
  });

test('a selector is written with its keys in order', () => {
  assert.equal(parseLabelSelector('z!=1,!y,x in (b,a),w').toString(), 'w,x in (a,b),!y,z!=1');
});

test('a LabelSelector of a spec selects like its text; none selects nothing, an empty one everything', () => {
  const selector = selectorOf({
    matchLabels: { a: 'b' },
    matchExpressions: [{ key: 'c', operator: 'NotIn', values: ['d'] }],
  });
  assert.equal(selector.toString(), 'a=b,c notin (d)');
  assert.equal(selector.matches({ a: 'b' }), true);
  assert.equal(selector.matches({ a: 'b', c: 'd' }), false);
  assert.equal(selectorOf(undefined).matches({}), false);
  assert.equal(selectorOf({}).matches({}), true);
  assert.equal(selectorOfMap({ a: 'b' }).matches({ a: 'b' }), true);
});

test('label keys and values are validated', () => {
  assert.deepEqual(validateLabels({ 'a.b/c': 'd' }, 'metadata.labels'), []);
  assert.equal(validateLabels({ 'a/b/c': '', ok: '-' }, 'metadata.labels').length, 2);
  assert.equal(validateLabelSelector({ matchExpressions: [{ key: 'a', operator: 'In' }] }, 'spec.selector').length, 1);
});

test('a hostile selector is refused in linear time', () => {
  assert.throws(() => parseLabelSelector(`a in (${'b,'.repeat(200_000)}`), BadRequest);
  assert.throws(() => parseLabelSelector('a'.repeat(2_000_000)), BadRequest);
});
