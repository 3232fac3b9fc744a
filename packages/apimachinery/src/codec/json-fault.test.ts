import { strict as assert } from 'node:assert';
import { test } from 'node:test';
import fc from 'fast-check';
import { jsonFault } from './json-fault.ts';

/** As Go 1.25 words them. */
const CASES: readonly (readonly [text: string, fault: string])[] = [
  ['', 'unexpected end of JSON input'],
  [' {', 'unexpected end of JSON input'],
  ['{"a":"b', 'unexpected end of JSON input'],
  ['[1,', 'unexpected end of JSON input'],
  ['x', "invalid character 'x' looking for beginning of value"],
  ['[,]', "invalid character ',' looking for beginning of value"],
  ['[1,]', "invalid character ']' looking for beginning of value"],
  ["{'a':1}", "invalid character '\\'' looking for beginning of object key string"],
  ['{"a":1,}', "invalid character '}' looking for beginning of object key string"],
  ['{"a" 1}', "invalid character '1' after object key"],
  ['{"a":1 "b":2}', "invalid character '\"' after object key:value pair"],
  ['[1 2]', "invalid character '2' after array element"],
  ['[01]', "invalid character '1' after array element"],
  ['{} x', "invalid character 'x' after top-level value"],
  ['tru', 'unexpected end of JSON input'],
  ['[trxe]', "invalid character 'x' in literal true (expecting 'u')"],
  ['nul!', "invalid character '!' in literal null (expecting 'l')"],
  ['-x', "invalid character 'x' in numeric literal"],
  ['1.x', "invalid character 'x' after decimal point in numeric literal"],
  ['1ex', "invalid character 'x' in exponent of numeric literal"],
  ['"\\q"', "invalid character 'q' in string escape code"],
  ['"\\u12g4"', "invalid character 'g' in \\u hexadecimal character escape"],
  ['"a\nb"', "invalid character '\\n' in string literal"],
  ['"a\u0001b"', "invalid character '\\x01' in string literal"],
  ['é', "invalid character 'Ã' looking for beginning of value"],
];

for (const [text, fault] of CASES) test(JSON.stringify(text), () => assert.equal(jsonFault(text), fault));

test('there is a fault where JSON.parse finds one, and nowhere else', () => {
  const letters = fc.constantFrom(...'{}[],:"\\ \n01-+.eEtruefalsnx/u'.split(''));
  const text = fc.oneof(fc.string({ unit: letters, maxLength: 12 }), fc.json());
  fc.assert(
    fc.property(text, (of) => {
      let parses = true;
      try {
        JSON.parse(of);
      } catch {
        parses = false;
      }
      assert.equal(jsonFault(of) === undefined, parses, of);
    }),
    { numRuns: 2000 },
  );
});
