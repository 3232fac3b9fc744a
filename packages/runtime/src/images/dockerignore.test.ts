import assert from 'node:assert/strict';
import { it } from 'node:test';
import { parseDockerignore } from './dockerignore.ts';

const table: [rules: string, ignored: string[], kept: string[]][] = [
  ['node_modules', ['node_modules', 'node_modules/a/b'], ['src/node_modules', 'node_modules2']],
  ['**/node_modules', ['node_modules', 'a/b/node_modules/c'], ['a/node_modules2']],
  ['/dist/', ['dist', 'dist/x'], ['a/dist']],
  ['*.log', ['a.log'], ['b/a.log', 'a.logs']],
  ['*/*.log', ['b/a.log'], ['a.log', 'c/b/a.log']],
  ['**/*.log', ['a.log', 'c/b/a.log'], ['a.txt']],
  ['temp?', ['temp1', 'tempa/x'], ['temp', 'temp12']],
  ['[a-c].txt', ['a.txt', 'c.txt'], ['d.txt']],
  ['*.md\n!README.md', ['a.md'], ['README.md']],
  ['*.md\n!README*.md\nREADME-secret.md', ['a.md', 'README-secret.md'], ['README-x.md']],
  ['# a comment\n\n  a  ', ['a'], ['# a comment', 'b']],
  ['a/../b\n.', ['b'], ['a', 'c']],
  ['**\n!keep/this', ['x', 'keep/that'], ['keep/this', 'keep/this/too']],
  ['a.b', ['a.b'], ['axb']],
];

for (const [rules, ignored, kept] of table)
  it(`.dockerignore ${JSON.stringify(rules)}`, () => {
    const { ignores } = parseDockerignore(rules);
    for (const path of ignored) assert.equal(ignores(path), true, path);
    for (const path of kept) assert.equal(ignores(path), false, path);
  });
