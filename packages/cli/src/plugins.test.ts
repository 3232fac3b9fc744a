import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { test } from 'node:test';
import { findPlugin, listPlugins } from './plugins.ts';

test('the longest name wins, dashes are underscores, and no word leads out of PATH', (t) => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'mkube-plugins-'));
  t.after(() => fs.rmSync(folder, { recursive: true }));
  for (const name of ['kubectl-foo', 'mkube-foo-bar', 'kubectl-a_b'])
    fs.writeFileSync(path.join(folder, name), '#!/bin/sh\n', { mode: 0o755 });
  fs.writeFileSync(path.join(folder, 'kubectl-text'), '', { mode: 0o644 });
  const find = (...words: string[]) => {
    const found = findPlugin(words, folder);
    return found && [path.basename(found.file), ...found.args];
  };
  assert.deepEqual(find('foo', 'x'), ['kubectl-foo', 'x']);
  assert.deepEqual(find('foo', 'bar', '--flag'), ['mkube-foo-bar', '--flag']);
  assert.deepEqual(find('a-b'), ['kubectl-a_b']);
  assert.equal(find('text'), undefined);
  assert.equal(find('../foo'), undefined);
  assert.deepEqual(
    listPlugins(`relative:${folder}`).map((f) => path.basename(f)),
    ['kubectl-a_b', 'kubectl-foo', 'mkube-foo-bar'],
  );
});
