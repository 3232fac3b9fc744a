/** Random queries: known parameters with right and wrong values, selectors and continue tokens out of their own parts. Not part of the product. */
import fc from 'fast-check';
import { KEYS, anyText, nasty } from './values.ts';

export const text = fc.oneof(fc.constantFrom(...KEYS, 'sample', 'default', 'x'), anyText(12));
const number = fc.oneof(
  fc.constantFrom('0', '1', '-1', '500', '1e3', '99999999999999999999', 'x'),
  fc.nat(3000).map(String),
);
const flag = fc.constantFrom('true', 'false', '1', '', 'All', 'x');
const selector = fc.oneof(
  fc.constantFrom(
    'a=b',
    'app=x',
    'app!=x',
    '!app',
    'app in (x,y)',
    'app notin ()',
    'a>1',
    'app in (',
    ',,',
    '=',
    'a=b=c',
  ),
  fc.constantFrom(
    'metadata.name=sample',
    'metadata.name!=x',
    'status.phase=Running',
    'spec.nodeName=',
    'a\\',
    '\\=\\,=x',
  ),
  fc
    .array(fc.constantFrom('a', 'app', '=', '!', ',', '(', ')', ' in ', ' notin ', '>', '\\', ' '), { maxLength: 12 })
    .map((p) => p.join('')),
  text,
);
const continues = (token: string): fc.Arbitrary<string> =>
  fc.oneof(
    fc.constant(token),
    fc
      .tuple(fc.nat(200), fc.string({ minLength: 1, maxLength: 1 }))
      .map(([at, c]) => token.slice(0, at) + c + token.slice(at + 1)),
    fc.record({ v: fc.constantFrom('meta.k8s.io/v1', 'x'), rv: nasty, start: nasty }).map(encode),
    fc.record({ v: fc.constant('meta.k8s.io/v1'), rv: fc.constantFrom(-1, 1, 5, 1e9), start: text }).map(encode),
    text,
  );
const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
export const queryOf = (token: string): fc.Arbitrary<string> => {
  const parameter = fc.oneof(
    fc.tuple(fc.constantFrom('limit', 'resourceVersion', 'timeoutSeconds', 'gracePeriodSeconds', 'tailLines'), number),
    fc.tuple(
      fc.constantFrom('dryRun', 'force', 'pretty', 'sendInitialEvents', 'allowWatchBookmarks', 'orphanDependents'),
      flag,
    ),
    fc.tuple(fc.constantFrom('labelSelector', 'fieldSelector'), selector),
    fc.tuple(fc.constant('continue'), continues(token)),
    fc.tuple(fc.constant('resourceVersionMatch'), fc.constantFrom('Exact', 'NotOlderThan', 'x', '')),
    fc.tuple(fc.constant('fieldValidation'), fc.constantFrom('Strict', 'Warn', 'Ignore', 'x')),
    fc.tuple(fc.constant('propagationPolicy'), fc.constantFrom('Foreground', 'Background', 'Orphan', 'x')),
    fc.tuple(fc.constant('includeObject'), fc.constantFrom('None', 'Metadata', 'Object', 'x')),
    fc.tuple(fc.constantFrom('fieldManager', 'container', 'command'), text),
    fc.tuple(text, text),
  );
  const right = fc
    .array(parameter, { maxLength: 4 })
    .map((list) =>
      new URLSearchParams(list.map(([k, v]): [string, string] => [wellFormed(k), wellFormed(v)])).toString(),
    );
  return fc.oneof(
    { weight: 9, arbitrary: right },
    { weight: 1, arbitrary: fc.constantFrom('%', '%zz=%', '&&&', '=', '?a', 'limit=1&limit=x') },
  );
};
export const wellFormed = (s: string): string => Buffer.from(s).toString();
