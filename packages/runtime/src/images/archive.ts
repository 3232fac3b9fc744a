/**
 * Image archives: `docker save` (manifest.json), OCI layout (index.json), each as a tar or a folder. The tar stays where it
 * is: its entries are found once and read by offset. Names inside are keys of a map, never paths on disk.
 */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { lstat, open, readFile, readdir } from 'node:fs/promises';
import path from 'node:path';
import { RuntimeError } from '../runtime.ts';
import { readTar } from '../tar/reader.ts';
import { sourceOfFile } from '../tar/source.ts';

export interface LayerSource {
  /** Digest of the uncompressed layer. */
  diffId: string;
  open(): AsyncIterable<Buffer>;
}

export interface ImageSource {
  /** The image's config, as its bytes. */
  config: Buffer;
  layers: LayerSource[];
  /** References as the archive has them; none for an image without a name. */
  refs: string[];
  /** Digest of the manifest, where there is one. */
  digest?: string;
  /** The bytes of the manifests that it came by, where there are some: that of `digest` first, a list's before its image's own. */
  manifests?: Buffer[];
}

/** Files of an archive by name. */
interface Files {
  read(name: string): Promise<Buffer | undefined>;
  stream(name: string): AsyncIterable<Buffer>;
}

interface Descriptor {
  mediaType?: string;
  digest: string;
  platform?: { os: string; architecture: string };
  annotations?: Record<string, string>;
}

const MAX_JSON = 8 << 20;

/** `file` is an uncompressed tar or a folder. */
export async function readArchive(file: string): Promise<ImageSource[]> {
  const isFolder = (await lstat(file)).isDirectory();
  const files = isFolder ? await filesOfFolder(file) : await filesOfTar(file);
  const docker = await files.read('manifest.json');
  if (docker) return readDockerArchive(files, parse(docker, 'manifest.json'));
  const oci = await files.read('index.json');
  if (oci) return readOciLayout(files, parse(oci, 'index.json'));
  throw new RuntimeError(
    'CannotRun',
    `${file} is no image archive: it has neither manifest.json (docker save) nor index.json (OCI)`,
  );
}

interface DockerEntry {
  Config: string;
  RepoTags?: string[] | null;
  Layers: string[];
}

async function readDockerArchive(files: Files, entries: DockerEntry[]): Promise<ImageSource[]> {
  const sources: ImageSource[] = [];
  for (const entry of entries) {
    const config = await need(files, entry.Config);
    const diffIds = diffIdsOf(config);
    if (diffIds.length !== entry.Layers.length) throw damaged('manifest.json names other layers than the config');
    const layers = entry.Layers.map((name, i) => ({ diffId: diffIds[i] ?? '', open: () => files.stream(name) }));
    sources.push({ config, layers, refs: entry.RepoTags ?? [] });
  }
  return sources;
}

async function readOciLayout(files: Files, index: { manifests: Descriptor[] }): Promise<ImageSource[]> {
  const sources: ImageSource[] = [];
  for (const descriptor of index.manifests) {
    const found = await findManifest(files, descriptor);
    if (!found) continue;
    const manifest = parse<{ config: Descriptor; layers: Descriptor[] }>(found.bytes, 'manifest');
    const config = await needBlob(files, manifest.config.digest);
    const diffIds = diffIdsOf(config);
    if (diffIds.length !== manifest.layers.length) throw damaged('the manifest names other layers than the config');
    const layers = manifest.layers.map(({ digest }, i) => ({
      diffId: diffIds[i] ?? '',
      open: () => files.stream(blobOf(digest)),
    }));
    const notes = descriptor.annotations ?? {};
    const full = notes['io.containerd.image.name'];
    const short = notes['org.opencontainers.image.ref.name'];
    const ref = full ?? (short?.includes(':') || short?.includes('/') ? short : undefined);
    sources.push({ config, layers, refs: ref ? [ref] : [], digest: found.digest, manifests: [found.bytes] });
  }
  if (sources.length === 0) throw new RuntimeError('CannotRun', `the archive has no image for linux/${architecture()}`);
  return sources;
}

/** The manifest itself, or the one of this machine's platform out of a list. */
async function findManifest(
  files: Files,
  { digest }: Descriptor,
): Promise<{ bytes: Buffer; digest: string } | undefined> {
  const bytes = await needBlob(files, digest);
  const parsed = parse<{ manifests?: Descriptor[]; config?: Descriptor }>(bytes, digest);
  if (!parsed.manifests) return parsed.config ? { bytes, digest } : undefined;
  const own = pickPlatform(parsed.manifests);
  return own && findManifest(files, own);
}

export function pickPlatform<T extends { platform?: { os: string; architecture: string } }>(
  list: readonly T[],
): T | undefined {
  return list.find(
    ({ platform }) => !platform || (platform.os === 'linux' && platform.architecture === architecture()),
  );
}

/** Go's name of this machine's processor. */
export function architecture(): string {
  const names: Record<string, string> = { x64: 'amd64', ia32: '386' };
  return names[process.arch] ?? process.arch;
}

function diffIdsOf(config: Buffer): string[] {
  const { rootfs } = parse<{ rootfs?: { diff_ids?: string[] } }>(config, 'image config');
  const ids = rootfs?.diff_ids ?? [];
  if (!ids.every((id) => /^sha256:[0-9a-f]{64}$/.test(id))) throw damaged('the image config has bad layer digests');
  return ids;
}

function blobOf(digest: string): string {
  if (!/^sha256:[0-9a-f]{64}$/.test(digest)) throw damaged(`bad digest ${JSON.stringify(digest)}`);
  return `blobs/sha256/${digest.slice(7)}`;
}

async function need(files: Files, name: string): Promise<Buffer> {
  const bytes = await files.read(name);
  if (!bytes) throw damaged(`${JSON.stringify(name)} is missing in it`);
  return bytes;
}

/** What an image is known by counts for what it says alone. */
async function needBlob(files: Files, digest: string): Promise<Buffer> {
  const bytes = await need(files, blobOf(digest));
  const found = `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
  if (found !== digest) throw damaged(`it has ${found} for ${digest}`);
  return bytes;
}

function parse<T>(bytes: Buffer, name: string): T {
  try {
    return JSON.parse(bytes.toString('utf8')) as T;
  } catch (cause) {
    throw new RuntimeError('CannotRun', `damaged image archive: ${name} is not JSON`, { cause });
  }
}

const damaged = (why: string): RuntimeError => new RuntimeError('CannotRun', `damaged image archive: ${why}`);

async function filesOfTar(file: string): Promise<Files> {
  const found = new Map<string, { offset: number; size: number } | { link: string }>();
  const handle = await open(file, 'r');
  try {
    for await (const { header, offset } of readTar(sourceOfFile(handle, (await handle.stat()).size))) {
      const name = path.posix.normalize(header.name);
      if (header.type === 'file') found.set(name, { offset, size: header.size });
      // docker save of old: equal layers are links to one another
      if (header.type === 'symlink')
        found.set(name, { link: path.posix.join(path.posix.dirname(name), header.linkname) });
      if (header.type === 'link') found.set(name, { link: path.posix.normalize(header.linkname) });
    }
  } finally {
    await handle.close();
  }
  const lookUp = (name: string): { offset: number; size: number } | undefined => {
    const first = found.get(path.posix.normalize(name));
    const second = first && 'link' in first ? found.get(first.link) : first;
    return second && 'offset' in second ? second : undefined;
  };
  const stream = (name: string): AsyncIterable<Buffer> => {
    const at = lookUp(name);
    if (!at) throw damaged(`${JSON.stringify(name)} is missing in it`);
    if (at.size === 0) return emptyStream();
    return createReadStream(file, { start: at.offset, end: at.offset + at.size - 1, highWaterMark: 1 << 20 });
  };
  return {
    stream,
    async read(name) {
      const at = lookUp(name);
      if (!at || at.size > MAX_JSON) return undefined;
      const chunks: Buffer[] = [];
      for await (const chunk of stream(name)) chunks.push(chunk);
      return Buffer.concat(chunks);
    },
  };
}

async function* emptyStream(): AsyncGenerator<Buffer> {}

/** Only plain files of the folder itself: links are not followed. */
async function filesOfFolder(folder: string): Promise<Files> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const names = new Set(
    entries.filter((e) => e.isFile()).map((e) => path.relative(folder, path.join(e.parentPath ?? e.path, e.name))),
  );
  const full = (name: string): string | undefined => {
    const normal = path.normalize(name);
    return names.has(normal) ? path.join(folder, normal) : undefined;
  };
  return {
    stream(name) {
      const at = full(name);
      if (!at) throw damaged(`${JSON.stringify(name)} is missing in it`);
      return createReadStream(at, { highWaterMark: 1 << 20 });
    },
    async read(name) {
      const at = full(name);
      return at ? readFile(at) : undefined;
    },
  };
}
