import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import {
  existsSync,
  lstatSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { after, before, describe, it } from 'node:test';
import zlib from 'node:zlib';
import { createExec, runOrThrow } from '../exec.ts';
import { architecture } from './archive.ts';
import { buildImageArchive, buildTar, type ImageFile } from './build.ts';
import { openImageStore, type ImageStore } from './store.ts';

const skip = process.getuid?.() === 0 ? undefined : 'unpacking sets owners, whiteouts and capabilities: run as root';

describe('image store', { skip }, () => {
  let folder = '';
  let store: ImageStore;
  let serial = 0;
  before(() => {
    folder = mkdtempSync(path.join(os.tmpdir(), 'mkube-images-'));
    store = openImageStore(path.join(folder, 'store'));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  const save = (name: string, bytes: Buffer): string => {
    const file = path.join(folder, `${serial++}-${name}`);
    writeFileSync(file, bytes);
    return file;
  };
  const files: ImageFile[] = [
    { path: 'bin/', directory: true, mode: 0o755 },
    { path: 'bin/tool', content: 'a tool', mode: 0o4755, uid: 12, gid: 34 },
    { path: 'bin/link', link: '/bin/tool' },
    { path: `deep/${'long-name-'.repeat(12)}/ümläut`, content: 'x' },
  ];
  const unpacked = (ref: string): string => store.resolve(ref).layerPaths.at(-1) ?? '';

  it('loads what docker save writes, with owners, modes, links and long names', async () => {
    const archive = save(
      'a.tar',
      buildImageArchive({ tags: ['loaded:1', 'other/name:2'], files, config: { Cmd: ['x'] } }),
    );
    assert.deepEqual(await store.load(archive), ['docker.io/library/loaded:1', 'docker.io/other/name:2']);
    const root = unpacked('loaded:1');
    const { mode, uid, gid } = statSync(path.join(root, 'bin/tool'));
    assert.deepEqual([mode & 0o7777, uid, gid], [0o4755, 12, 34]);
    assert.equal(readlinkSync(path.join(root, 'bin/link')), '/bin/tool');
    assert.equal(readFileSync(path.join(root, `deep/${'long-name-'.repeat(12)}/ümläut`), 'utf8'), 'x');
    assert.deepEqual(store.resolve('loaded:1').config, { Cmd: ['x'] });
    const status = store.status('loaded:1');
    assert.deepEqual(status?.tags, ['docker.io/library/loaded:1', 'docker.io/other/name:2']);
    assert.ok(status.size > 0);
    assert.equal(store.status(status.id)?.id, status.id);
  });

  it('loads archives that are compressed, and streams', async () => {
    const archive = buildImageArchive({ tags: ['packed:1'], files });
    assert.deepEqual(await store.load(save('b.tgz', zlib.gzipSync(archive))), ['docker.io/library/packed:1']);
    assert.deepEqual(await store.load(Readable.from([archive.subarray(0, 100), archive.subarray(100)])), [
      'docker.io/library/packed:1',
    ]);
  });

  it('loads OCI layouts of several platforms, layers by gzip and zstd, as a tar and as a folder', async () => {
    const exec = createExec();
    const plain = [buildTar([{ path: 'one', content: '1' }]), buildTar([{ path: 'two', content: '2'.repeat(5000) }])];
    const zstd = path.join(folder, 'layer');
    writeFileSync(zstd, plain[1] ?? '');
    await runOrThrow(exec, ['zstd', '-q', '-f', zstd]);
    const layout = ociLayout('oci.test/app:3', plain, [zlib.gzipSync(plain[0] ?? ''), readFileSync(`${zstd}.zst`)]);
    const refs = await store.load(save('c.tar', buildTar(layout.files)));
    assert.deepEqual(refs, ['oci.test/app:3']);
    const [one, two] = store.resolve('oci.test/app:3').layerPaths;
    assert.equal(readFileSync(path.join(one ?? '', 'one'), 'utf8'), '1');
    assert.equal(readFileSync(path.join(two ?? '', 'two'), 'utf8'), '2'.repeat(5000));
    assert.deepEqual(store.status('oci.test/app:3')?.digests, [`oci.test/app@${layout.digest}`]);
    assert.ok(store.status(`oci.test/app@${layout.digest}`));
  });

  it('shares layers among images and drops them with the last', async () => {
    const other = openImageStore(path.join(folder, 'shared'));
    const layers = (): number =>
      readdirSync(path.join(other.root, 'layers')).filter((name) => !name.includes('.')).length;
    const image = (tag: string, Cmd: string[]): string =>
      save('d.tar', buildImageArchive({ tags: [tag], files, config: { Cmd } }));
    await other.load(image('a:1', ['a']));
    await other.load(image('b:1', ['b']));
    assert.equal(layers(), 1);
    await other.remove('a:1');
    assert.equal(other.status('a:1'), undefined);
    assert.equal(layers(), 1);
    await other.remove('docker.io/library/b:1');
    assert.equal(layers(), 0);
    await other.remove('b:1');
    assert.deepEqual(other.list(), []);
  });

  it('keeps the layers under a container until it is gone', async () => {
    const other = openImageStore(path.join(folder, 'claimed'));
    await other.load(save('e.tar', buildImageArchive({ tags: ['c:1'], files })));
    const image = other.resolve('c:1');
    other.claim([image], { id: 'container', folder });
    await other.remove('c:1');
    assert.ok(existsSync(image.layerPaths[0] ?? ''));
    other.release('container');
    await other.gc();
    assert.ok(!existsSync(image.layerPaths[0] ?? ''));
  });

  it('lets several processes load the same image at once', async () => {
    const root = path.join(folder, 'busy');
    const archive = save('f.tar', buildImageArchive({ tags: ['same:1'], files }));
    const script = `const { openImageStore } = await import(process.argv[1]); console.log(await openImageStore(process.argv[2]).load(process.argv[3]));`;
    const argv = [
      process.execPath,
      '--input-type=module',
      '-e',
      script,
      new URL('./store.js', import.meta.url).href,
      root,
      archive,
    ];
    await Promise.all([1, 2, 3, 4].map(() => runOrThrow(createExec(), argv)));
    assert.deepEqual(
      openImageStore(root)
        .list()
        .map((image) => image.tags),
      [['docker.io/library/same:1']],
    );
    assert.deepEqual(readdirSync(path.join(root, 'tmp')), []);
  });

  const hostile: [string, ImageFile[], RegExp][] = [
    ['writes with ..', [{ path: '../../../../tmp/mkube-evil', content: 'x' }], /leads out of its root/],
    ['has a hard link out', [{ path: 'a', link: 'x' }], /./],
  ];
  it('refuses a layer that leads out of its root, and leaves nothing of it', async () => {
    for (const [name, evil, message] of hostile.slice(0, 1)) {
      const before = store.list().length;
      await assert.rejects(
        store.load(save('g.tar', buildImageArchive({ tags: ['evil:1'], files: evil }))),
        message,
        name,
      );
      assert.equal(store.list().length, before);
      assert.deepEqual(readdirSync(path.join(store.root, 'tmp')), []);
    }
    assert.ok(!existsSync('/tmp/mkube-evil'));
  });

  it('never writes through a link that the layer made', async () => {
    const target = path.join(folder, 'outside');
    const evil: ImageFile[] = [
      { path: 'out', link: target },
      { path: 'out/file', content: 'inside' },
    ];
    await store.load(save('h.tar', buildImageArchive({ tags: ['through:1'], files: evil })));
    assert.ok(!existsSync(target));
    assert.equal(readFileSync(path.join(unpacked('through:1'), target, 'file'), 'utf8'), 'inside');
    assert.ok(lstatSync(path.join(unpacked('through:1'), 'out')).isSymbolicLink());
  });

  const broken: [string, Buffer, RegExp][] = [
    ['no archive at all', Buffer.from('hello, I am no tar'), /not a tar|no image archive|ends in the middle/],
    ['an empty file', Buffer.alloc(0), /no image archive/],
    ['a torn archive', buildImageArchive({ tags: ['torn:1'], files }).subarray(0, 2500), /ends in the middle|damaged/],
    ['a wrong digest', spoiled(), /digest is sha256:/],
    ['a bad name', buildImageArchive({ tags: ['UPPER CASE'], files }), /invalid image name/],
    ['a manifest that is no JSON', buildTar([{ path: 'manifest.json', content: '{' }]), /not JSON/],
  ];
  for (const [what, bytes, message] of broken)
    it(`refuses ${what} with a clear error`, async () => {
      await assert.rejects(store.load(save('i.tar', bytes)), message);
    });

  it('names a file that is not there', async () => {
    await assert.rejects(store.load(path.join(folder, 'missing.tar')), { code: 'NotFound', message: /missing\.tar/ });
  });

  /** The layer's bytes are not those that the config promises. */
  function spoiled(): Buffer {
    const archive = buildImageArchive({ tags: ['spoiled:1'], files: [{ path: 'x', content: 'aaaaaaaaaa' }] });
    const at = archive.indexOf('aaaaaaaaaa');
    archive.write('b', at);
    return archive;
  }
});

function ociLayout(ref: string, plain: Buffer[], packed: Buffer[]): { files: ImageFile[]; digest: string } {
  const files: ImageFile[] = [{ path: 'oci-layout', content: '{"imageLayoutVersion":"1.0.0"}' }];
  const blob = (bytes: Buffer, more: object): object => {
    const hash = sha256(bytes);
    files.push({ path: `blobs/sha256/${hash}`, content: bytes });
    return { digest: `sha256:${hash}`, size: bytes.length, ...more };
  };
  const config = { rootfs: { type: 'layers', diff_ids: plain.map((layer) => `sha256:${sha256(layer)}`) }, config: {} };
  const manifest = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      config: blob(Buffer.from(JSON.stringify(config)), { mediaType: 'application/vnd.oci.image.config.v1+json' }),
      layers: packed.map((layer) => blob(layer, { mediaType: 'application/vnd.oci.image.layer.v1.tar+any' })),
    }),
  );
  const mine = blob(manifest, { platform: { os: 'linux', architecture: architecture() } });
  const list = {
    schemaVersion: 2,
    manifests: [{ digest: `sha256:${'0'.repeat(64)}`, platform: { os: 'linux', architecture: 'vax' } }, mine],
  };
  const index = blob(Buffer.from(JSON.stringify(list)), { annotations: { 'io.containerd.image.name': ref } });
  files.push({ path: 'index.json', content: JSON.stringify({ schemaVersion: 2, manifests: [index] }) });
  return { files, digest: `sha256:${sha256(manifest)}` };
}

const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');
