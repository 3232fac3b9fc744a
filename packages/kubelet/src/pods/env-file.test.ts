import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { valueInEnvFile } from './env-file.ts';

describe('a file of environment variables', () => {
  const file = `# made by hand
A='one'

  B='two words' # said so
C='first
second'
D= 'nothing'
E=''
F='#1 $A \\n'`;
  const rows: [key: string, value: string][] = [
    ['A', 'one'],
    ['B', 'two words'],
    ['C', 'first\nsecond'],
    ['D', ''],
    ['E', ''],
    ['F', '#1 $A \\n'],
    ['G', ''],
  ];
  for (const [key, value] of rows)
    it(`says ${JSON.stringify(value)} for ${key}`, () => assert.equal(valueInEnvFile(file, key), value));

  const wrong: [what: string, text: string, line: number][] = [
    ['no quotes', "A='1'\nB=2", 2],
    ['other quotes', 'A="1"', 1],
    ['a blank before the sign', "A ='1'", 1],
    ['no sign', "# x\n\nA='1\n2'\nexport", 5],
    ['no name', "='1'", 1],
    ['no end', "A='1\n2", 1],
    ['more after the end', "A='1'2", 1],
  ];
  for (const [what, text, line] of wrong)
    it(`is refused with ${what}`, () =>
      assert.throws(() => valueInEnvFile(text, 'Z'), {
        message: `invalid environment variable format at line ${line}`,
      }));
});
