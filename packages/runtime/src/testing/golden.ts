/** Golden files: what is made must equal what is committed under testdata/. UPDATE_GOLDEN=1 writes them anew. */
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';

export function assertGolden(name: string, text: string): void {
  const file = new URL(`../../testdata/${name}`, import.meta.url);
  if (process.env['UPDATE_GOLDEN'] === '1') {
    mkdirSync(new URL('.', file), { recursive: true });
    writeFileSync(file, text);
  }
  assert.equal(text, readFileSync(file, 'utf8'), `differs from testdata/${name}; UPDATE_GOLDEN=1 accepts it`);
}
