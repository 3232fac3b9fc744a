import { test } from 'node:test';
import assert from 'node:assert/strict';
import * as names from './names.ts';

const good: [check: (value: string) => string[], values: string[]][] = [
  [names.checkDns1123Label, ['a', 'a-1', '1a', 'a'.repeat(63)]],
  [names.checkDns1123Subdomain, ['a.b', 'a', '1.2']],
  [names.checkDns1035Label, ['a', 'a-1']],
  [names.checkQualifiedName, ['a', 'A_b.c', 'example.com/Name']],
  [names.checkLabelValue, ['', 'a', 'A.b_c-d']],
  [names.checkPathSegment, ['system:node', 'a b', '...']],
  [names.checkConfigMapKey, ['a', '.a', '__proto__']],
  [names.checkEnvVarName, ['A', 'a b', '1']],
  [names.checkPortName, ['http', 'a-1']],
  [names.checkWildcardDns1123Subdomain, ['*.example.com']],
  [names.checkCIdentifier, ['_a1']],
  [names.checkHttpHeaderName, ['X-A']],
  [names.checkPercent, ['10%']],
];
const bad: typeof good = [
  [names.checkDns1123Label, ['', 'A', '-a', 'a-', 'a.b', 'a'.repeat(64), 'a\n']],
  [names.checkDns1123Subdomain, ['', 'a..b', 'a_b', 'a'.repeat(254), '..', '/etc']],
  [names.checkDns1035Label, ['1a', 'a.b']],
  [names.checkQualifiedName, ['', '/a', 'a/', 'a/b/c', '-a', 'a'.repeat(64), 'A_b/c']],
  [names.checkLabelValue, ['-', 'a ', 'é', 'a'.repeat(64)]],
  [names.checkPathSegment, ['.', '..', 'a/b', 'a%b']],
  [names.checkConfigMapKey, ['', 'a/b', '.', '..', '..a']],
  [names.checkEnvVarName, ['', 'a=b', 'é', 'a\n']],
  [names.checkPortName, ['', '1', 'a--b', '-a', 'aaaaaaaaaaaaaaaa', 'A']],
  [names.checkWildcardDns1123Subdomain, ['*', 'a.b']],
  [names.checkCIdentifier, ['1', '']],
  [names.checkHttpHeaderName, ['', 'a:b']],
  [names.checkPercent, ['10', '%']],
];
for (const [check, values] of good)
  test(`${check.name} accepts ${values.map((v) => `'${v.slice(0, 20)}'`).join(', ')}`, () => {
    for (const value of values) assert.deepEqual(check(value), [], value);
  });
for (const [check, values] of bad)
  test(`${check.name} refuses what is wrong`, () => {
    for (const value of values) assert.notDeepEqual(check(value), [], value);
  });

test('messages are those of Kubernetes', () => {
  assert.deepEqual(names.checkDns1123Label('A'), [
    "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')",
  ]);
  assert.deepEqual(names.checkPortNumber(0), ['must be between 1 and 65535, inclusive']);
  assert.deepEqual(names.checkPathSegment('.'), ["may not be '.'"]);
});

test('a name of a megabyte is refused at once', () => {
  const long = 'a'.repeat(1 << 20);
  assert.deepEqual(names.checkDns1123Subdomain(long), ['must be no more than 253 characters']);
  assert.equal(names.checkDns1123Subdomain(`${long}!`).length, 2);
  assert.deepEqual(names.checkDns1123Label('a.b'), ['must not contain dots']);
});
