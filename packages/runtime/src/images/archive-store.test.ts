import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { after, describe, it } from 'node:test';
import { openArchiveStore } from './archive-store.ts';
import { readArchive } from './archive.ts';
import { buildImageArchive, buildTar } from './build.ts';

describe('the archives of a cluster', () => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'mkube-archives-'));
  after(() => rmSync(folder, { recursive: true }));
  let serial = 0;
  const store = () => openArchiveStore(path.join(folder, String(serial++)));
  const archiveOf = (tags: string[], text: string) =>
    Readable.from([buildImageArchive({ tags, files: [{ path: 'file', content: text }] })]);

  it('hold an image as it was loaded, in a form that engines take', async () => {
    const archives = store();
    assert.deepEqual(await archives.load(archiveOf(['own:1'], 'one')), ['docker.io/library/own:1']);
    const image = archives.find('own:1');
    assert.ok(image);
    const [source] = await readArchive(image.file);
    assert.deepEqual(source?.refs, ['docker.io/library/own:1']);
    assert.equal(source?.layers.length, 1);
    assert.equal(archives.list()[0]?.id, image.id);
    assert.deepEqual(archives.list()[0]?.tags, ['docker.io/library/own:1']);
  });

  it('give a name to the newest image that has it, and drop one that lost its last', async () => {
    const archives = store();
    await archives.load(archiveOf(['own:1', 'own:2'], 'one'));
    const old = archives.find('own:2');
    await archives.load(archiveOf(['own:1'], 'two'));
    assert.notEqual(archives.find('own:1')?.id, old?.id);
    assert.equal(archives.find('own:2')?.id, old?.id);
    await archives.load(archiveOf(['own:2'], 'three'));
    assert.equal(archives.list().length, 2);
    assert.ok(old && !existsSync(old.file));
    assert.equal(archives.find('own:3'), undefined);
  });

  it('keep the manifests of a pulled image, so that its digest stays', async () => {
    const archives = store();
    const layer = gzipSync(buildTar([{ path: 'file', content: 'x' }]));
    const digest = `sha256:${'a'.repeat(64)}`;
    const diffId = `sha256:${'b'.repeat(64)}`;
    const config = Buffer.from(JSON.stringify({ rootfs: { type: 'layers', diff_ids: [diffId] } }));
    const manifests = [Buffer.from('{"manifests":[]}'), Buffer.from('{"config":{}}')];
    const layers = [{ diffId, open: () => Readable.from([layer]) as AsyncIterable<Buffer> }];
    const id = await archives.add({ config, layers, refs: ['localhost:5000/own:1'], digest, manifests });
    const image = archives.find(`localhost:5000/own@${digest}`);
    assert.equal(image?.id, id);
    assert.equal(image?.origin, 'pulled');
    assert.equal(image?.size, layer.length);
  });

  it('do not hold what is no image', async () => {
    const archives = store();
    await assert.rejects(archives.load(Readable.from([buildTar([{ path: 'x', content: 'y' }])])), /no image archive/);
    assert.deepEqual(archives.all(), []);
  });
});
