import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { describe, it } from 'node:test';
import { createExec } from '../exec.ts';
import { readArchive } from './archive.ts';
import { buildTar } from './build.ts';
import { unpackLayer } from './unpack.ts';

describe('an image archive', () => {
  it('has under a digest what the digest is of, or is refused', async (t) => {
    const folder = mkdtempSync(path.join(os.tmpdir(), 'mkube-archive-'));
    t.after(() => rmSync(folder, { recursive: true }));
    const digest = `sha256:${'a'.repeat(64)}`;
    mkdirSync(path.join(folder, 'blobs/sha256'), { recursive: true });
    writeFileSync(path.join(folder, 'index.json'), JSON.stringify({ manifests: [{ digest }] }));
    // a list that names itself has no end
    writeFileSync(path.join(folder, 'blobs/sha256', 'a'.repeat(64)), JSON.stringify({ manifests: [{ digest }] }));
    await assert.rejects(readArchive(folder), { code: 'CannotRun', message: /damaged image archive: it has sha256:/ });
  });

  it('is closed when a layer of it is refused', async (t) => {
    const folder = mkdtempSync(path.join(os.tmpdir(), 'mkube-layer-'));
    t.after(() => rmSync(folder, { recursive: true }));
    let isClosed = false;
    async function* layer(): AsyncGenerator<Buffer> {
      try {
        yield buildTar([{ path: '../evil', content: 'x' }]);
        yield Buffer.alloc(1 << 20);
        yield Buffer.alloc(1 << 20);
      } finally {
        isClosed = true;
      }
    }
    await assert.rejects(unpackLayer(createExec(), layer(), { folder }), /leads out of its root/);
    assert.ok(isClosed);
  });
});
