/**
 * Images on disk, shared by all nodes of a machine and open in several processes at once:
 *
 *   layers/<id>/            a layer unpacked, named by its digest; complete once it is there (it is renamed into place)
 *   layers/<id>.json        its digest and size
 *   images/<sha256>.json    an image: config, layers, size; never changed
 *   refs/<hash>.json        a reference or digest and the image it names; replaced by rename
 *   uses/<container>.json   a container's claim on layers: they stay while its folder is there
 *   tmp/                    what is being unpacked; left-overs of dead processes are cleared by gc
 *   lock                    held for a moment while an image is committed or removed
 */
import { createHash } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { isErrno, readJson, writeFileAtomic } from '../atomic-file.ts';
import { createExec, type Exec } from '../exec.ts';
import { withFileLock } from '../file-lock.ts';
import { RuntimeError, type Image } from '../runtime.ts';
import type { ImageSource, LayerSource } from './archive.ts';
import type { ImageConfig } from './build.ts';
import { isImageId, namesOf, normalizeReference, parseReference } from './reference.ts';
import { type LoadOptions, loadArchive } from './load-archive.ts';
import { clearStaging, stagingPath } from './staging.ts';
import { unpackLayer } from './unpack.ts';

/** What createContainer needs of an image. */
export interface StoredImage {
  id: string;
  config: ImageConfig;
  /** Unpacked folders, lowest first. */
  layerPaths: string[];
}

export interface ImageStore {
  readonly root: string;
  /** Loads an archive (docker save or OCI layout; tar, compressed or not; a folder; a stream) and gives its references. */
  load(archive: string | AsyncIterable<Buffer>, options?: LoadOptions): Promise<string[]>;
  /** Adds one image whose layers come from anywhere; gives its id. */
  add(source: ImageSource, options?: { signal?: AbortSignal; parallel?: number }): Promise<string>;
  hasLayer(diffId: string): boolean;
  list(): Image[];
  status(ref: string): Image | undefined;
  /** Throws ImageNotFound. */
  resolve(ref: string): StoredImage;
  /** By reference: this name goes, and the image with its last one. By id: all of it. Layers go where nobody uses them. */
  remove(ref: string): Promise<void>;
  /** Says that the container in this folder stands on the images, until `release` or until the folder is gone. */
  claim(images: readonly StoredImage[], container: { id: string; folder: string }): void;
  release(containerId: string): void;
  gc(): Promise<void>;
  /** Bytes of all unpacked layers. */
  usedBytes(): number;
}

interface ImageRecord {
  id: string;
  config: ImageConfig;
  diffIds: string[];
  size: number;
}

interface RefRecord {
  ref: string;
  imageId: string;
}

interface UseRecord {
  folder: string;
  layers: string[];
  /** Their ids. */
  images?: string[];
}

export function openImageStore(root: string, options: { exec?: Exec } = {}): ImageStore {
  const exec = options.exec ?? createExec();
  const at = (...names: string[]): string => path.join(root, ...names);
  for (const name of ['layers', 'images', 'refs', 'uses', 'tmp']) mkdirSync(at(name), { recursive: true, mode: 0o700 });
  const lock = <T>(act: () => Promise<T>, signal?: AbortSignal): Promise<T> => withFileLock(at('lock'), act, signal);
  const layerPath = (diffId: string): string => at('layers', layerName(diffId));
  const hasLayer = (diffId: string): boolean => existsSync(layerPath(diffId));
  const records = new Map<string, ImageRecord>();
  const uses = new Map<string, UseRecord>(); // they never change: a look at their names is enough

  const readImage = (id: string): ImageRecord | undefined => {
    const file = at('images', `${id.slice(7)}.json`);
    if (!existsSync(file)) records.delete(id);
    else if (!records.has(id)) {
      const record = readJson<ImageRecord>(file);
      if (record) records.set(id, record);
    }
    return records.get(id);
  };
  const readRefs = (): RefRecord[] => jsonFilesIn<RefRecord>(at('refs'));
  const refFile = (ref: string): string => at('refs', `${createHash('sha256').update(ref).digest('hex')}.json`);

  const readUses = (): UseRecord[] => {
    const names = readdirSync(at('uses')).filter((name) => name.endsWith('.json'));
    for (const name of uses.keys()) if (!names.includes(name)) uses.delete(name);
    for (const name of names) {
      const use = uses.has(name) ? undefined : readJson<UseRecord>(at('uses', name));
      if (use) uses.set(name, use);
    }
    return [...uses.values()];
  };

  const idOf = (name: string): string | undefined => {
    if (isImageId(name)) return name.startsWith('sha256:') ? name : `sha256:${name}`;
    const ref = normalizeReference(name);
    const exact = readJson<RefRecord>(refFile(ref))?.imageId;
    if (exact) return exact;
    const { digest } = parseReference(name);
    return digest && existsSync(at('images', `${digest.slice(7)}.json`)) ? digest : undefined;
  };
  const find = (name: string): ImageRecord | undefined => {
    const id = idOf(name);
    return id === undefined ? undefined : readImage(id);
  };

  const unpack = async (layer: LayerSource, signal?: AbortSignal): Promise<void> => {
    if (hasLayer(layer.diffId)) return;
    const staged = stagingPath(at('tmp'));
    mkdirSync(staged);
    chmodSync(staged, 0o755); // whatever this process's umask: it becomes the root of containers
    try {
      const { diffId, size } = await unpackLayer(exec, layer.open(), { folder: staged, signal });
      if (diffId !== layer.diffId) throw new Error(`a layer's digest is ${diffId}, but ${layer.diffId} was promised`);
      writeFileAtomic(`${layerPath(diffId)}.json`, JSON.stringify({ diffId, size }), { flush: true });
      renameSync(staged, layerPath(diffId));
    } catch (error) {
      await rm(staged, { recursive: true, force: true });
      if (!hasLayer(layer.diffId) || !isErrno(error, 'ENOTEMPTY', 'EEXIST')) throw error; // else another process was first
    }
  };

  const commit = (source: ImageSource): string => {
    const id = `sha256:${createHash('sha256').update(source.config).digest('hex')}`;
    const diffIds = source.layers.map((layer) => layer.diffId);
    const config = (JSON.parse(source.config.toString('utf8')) as { config?: ImageConfig }).config ?? {};
    const size = diffIds.reduce((sum, diffId) => sum + layerSize(layerPath(diffId)), 0);
    const record: ImageRecord = { id, config, diffIds, size };
    writeFileAtomic(at('images', `${id.slice(7)}.json`), JSON.stringify(record), { flush: true });
    for (const ref of namesOf(source))
      writeFileAtomic(refFile(ref), JSON.stringify({ ref, imageId: id }), { flush: true });
    return id;
  };

  const add: ImageStore['add'] = async (source, { signal, parallel = 3 } = {}) => {
    for (const ref of source.refs) parseReference(ref);
    for (;;) {
      const missing = source.layers.filter((layer) => !hasLayer(layer.diffId));
      await eachOf(missing, parallel, (layer) => unpack(layer, signal));
      const id = await lock(
        async () => (source.layers.every((l) => hasLayer(l.diffId)) ? commit(source) : undefined),
        signal,
      );
      if (id) return id; // else a collector was faster than this image
    }
  };

  const collect = async (): Promise<void> => {
    const used = new Set<string>();
    for (const name of readdirSync(at('images'))) {
      for (const diffId of readImage(`sha256:${path.parse(name).name}`)?.diffIds ?? []) used.add(layerName(diffId));
    }
    for (const name of readdirSync(at('uses')).filter((file) => file.endsWith('.json'))) {
      const use = readJson<UseRecord>(at('uses', name));
      if (use && existsSync(use.folder)) for (const layer of use.layers) used.add(layer);
      else rmSync(at('uses', name), { force: true });
    }
    for (const name of readdirSync(at('layers')).filter((file) => !file.includes('.'))) {
      if (used.has(name)) continue;
      renameSync(at('layers', name), `${stagingPath(at('tmp'))}-dropped`);
      rmSync(at('layers', `${name}.json`), { force: true });
    }
    await clearStaging(at('tmp'));
  };

  return {
    root,
    hasLayer,
    add,
    load: (archive, options = {}) =>
      loadArchive(archive, { ...options, staging: at('tmp'), put: (source) => add(source, options) }),
    list() {
      const refs = readRefs();
      const used = new Set(readUses().flatMap(({ images = [] }) => images));
      return readdirSync(at('images'))
        .filter((name) => name.endsWith('.json'))
        .map((name) => readImage(`sha256:${path.parse(name).name}`))
        .filter((record) => record !== undefined)
        .map((record) => imageOf(record, refs))
        .map((image) => ({ ...image, pinned: used.has(image.id) || image.digests.length === 0 }));
    },
    status(name) {
      const record = find(name);
      return record && imageOf(record, readRefs());
    },
    resolve(name) {
      const record = find(name);
      if (!record) throw new RuntimeError('ImageNotFound', `image ${name} is not on this node`);
      return { id: record.id, config: record.config, layerPaths: record.diffIds.map(layerPath) };
    },
    remove: (name) =>
      lock(async () => {
        const record = find(name);
        if (!record) return;
        const own = readRefs().filter((r) => r.imageId === record.id);
        const going = isImageId(name) ? own : own.filter((r) => r.ref === normalizeReference(name));
        for (const { ref } of going) rmSync(refFile(ref), { force: true });
        const tagsLeft = own.filter((r) => !going.includes(r) && !r.ref.includes('@'));
        if (tagsLeft.length > 0) return;
        for (const { ref } of own) rmSync(refFile(ref), { force: true });
        rmSync(at('images', `${record.id.slice(7)}.json`), { force: true });
        records.delete(record.id);
        await collect();
      }),
    claim(images, { id, folder }) {
      const layers = images.flatMap(({ layerPaths }) => layerPaths.map((layer) => path.basename(layer)));
      const use: UseRecord = { folder, layers, images: images.map((image) => image.id) };
      writeFileAtomic(at('uses', `${id}.json`), JSON.stringify(use));
    },
    release: (containerId) => rmSync(at('uses', `${containerId}.json`), { force: true }),
    gc: () => lock(collect),
    usedBytes() {
      const names = readdirSync(at('layers')).filter((name) => !name.includes('.'));
      return names.reduce((sum, name) => sum + layerSize(at('layers', name)), 0);
    },
  };
}

/** Short, because overlayfs takes one page of options for all layers: 130 bits of the digest. */
function layerName(diffId: string): string {
  return BigInt(`0x${diffId.slice(7, 7 + 33)}`)
    .toString(36)
    .padStart(26, '0')
    .slice(-26);
}

function layerSize(layer: string): number {
  return readJson<{ size: number }>(`${layer}.json`)?.size ?? 0;
}

function jsonFilesIn<T>(folder: string): T[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.json'))
    .map((name) => readJson<T>(path.join(folder, name)))
    .filter((record): record is NonNullable<typeof record> => record !== undefined && record !== null) as T[];
}

function imageOf(record: ImageRecord, refs: readonly RefRecord[]): Image {
  const own = refs.filter((r) => r.imageId === record.id).map((r) => r.ref);
  const [user] = (record.config.User ?? '').split(':');
  const numeric = user !== undefined && /^\d+$/.test(user);
  return {
    id: record.id,
    tags: own.filter((ref) => !ref.includes('@')).toSorted(),
    digests: own.filter((ref) => ref.includes('@')).toSorted(),
    size: record.size,
    ...(numeric ? { uid: Number(user) } : user ? { username: user } : {}),
  };
}

async function eachOf<T>(items: readonly T[], limit: number, act: (item: T) => Promise<void>): Promise<void> {
  const queue = items.slice();
  const worker = async (): Promise<void> => {
    for (let item = queue.shift(); item !== undefined; item = queue.shift()) await act(item);
  };
  const settled = await Promise.allSettled(Array.from({ length: limit }, worker));
  for (const result of settled) if (result.status === 'rejected') throw result.reason;
}
