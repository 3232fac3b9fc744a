import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import os from 'node:os';
import path from 'node:path';
import { it } from 'node:test';
import { packContext } from './build-context.ts';

it('a build context is what .dockerignore leaves, and always the Dockerfile', async () => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'mkube-context-'));
  try {
    for (const name of ['src', 'dist/keep', 'dist/drop']) mkdirSync(path.join(folder, name), { recursive: true });
    const files = { Dockerfile: 'FROM x', 'src/a': 'a', 'dist/keep/b': 'b', 'dist/drop/c': 'c', secret: 's' };
    for (const [name, text] of Object.entries(files)) writeFileSync(path.join(folder, name), text);
    writeFileSync(path.join(folder, '.dockerignore'), 'dist\n!dist/keep\nsecret\nDockerfile\n');
    symlinkSync('../src/a', path.join(folder, 'src', 'link'));
    const chunks: Buffer[] = [];
    for await (const chunk of packContext(folder, 'Dockerfile')) chunks.push(chunk);
    const { stdout } = spawnSync('tar', ['-tvf', '-'], { input: Buffer.concat(chunks), encoding: 'utf8' });
    const names = stdout
      .trim()
      .split('\n')
      .map((line) => line.split(/\s+/).slice(5).join(' '));
    const expected = [
      '.dockerignore',
      'dist/keep/',
      'dist/keep/b',
      'src/',
      'src/a',
      'src/link -> ../src/a',
      'Dockerfile',
    ];
    assert.deepEqual(names, expected);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
