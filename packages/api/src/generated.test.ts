/** What is generated is what is committed: running the generators over the facts again gives the same bytes. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '../../..');
const facts = path.join(root, '../shared/data');
const skip = fs.existsSync(facts) ? false : `the facts are not here: ${facts}`;

const filesIn = (folder: string): string[] =>
  fs
    .readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .toSorted();

test('generating from the facts again gives the committed files, byte for byte', { skip }, (t) => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'mkube-generated-'));
  t.after(() => fs.rmSync(folder, { recursive: true, force: true }));
  const run = (script: string, ...args: string[]) =>
    execFileSync(process.execPath, [path.join(root, 'scripts', script), ...args], { cwd: folder });
  run('generate-facts.mjs', facts, path.join(folder, 'packages/api/src/generated'));
  run('generate-types.mjs', facts);
  for (const place of ['packages/api/src/generated', 'packages/apimachinery/src/generated']) {
    const again = filesIn(path.join(folder, place));
    assert.deepEqual(again, filesIn(path.join(root, place)));
    for (const file of again)
      assert.ok(
        fs.readFileSync(path.join(folder, place, file)).equals(fs.readFileSync(path.join(root, place, file))),
        `${place}/${file} is not what the generator writes`,
      );
  }
});
