/**
 * Writes one image as an archive for engines that keep images themselves: an OCI layout, which `ctr images import` takes, with
 * docker save's manifest.json beside it, which `docker load` takes. Layers stay as they came. A pulled image keeps its manifests,
 * and so its digest; any other gets a manifest of its own.
 */
import { createHash } from 'node:crypto';
import { open, type FileHandle } from 'node:fs/promises';
import { RuntimeError } from '../runtime.ts';
import { BLOCK, endOfArchive, formatHeader, paddingOf } from '../tar/format.ts';
import type { ImageSource } from './archive.ts';
import { compressionOf, type Compression } from './decompress.ts';

export interface WrittenImage {
  /** Of the config. */
  id: string;
  /** Bytes of its layers, as they are in the archive. */
  size: number;
}

interface Blob {
  digest: string;
  size: number;
  head: Buffer;
}

const OCI = 'application/vnd.oci.image';
const LAYER_TYPES: Record<Compression, string> = {
  none: `${OCI}.layer.v1.tar`,
  gzip: `${OCI}.layer.v1.tar+gzip`,
  zstd: `${OCI}.layer.v1.tar+zstd`,
};

/** `names` are the references under which engines shall know the image. */
export async function writeImageArchive(
  file: string,
  source: ImageSource,
  { names, signal }: { names: readonly string[]; signal?: AbortSignal },
): Promise<WrittenImage> {
  const tar = createTarWriter(await open(file, 'wx', 0o600), signal);
  try {
    const layers: Blob[] = [];
    for (const layer of source.layers) layers.push(await tar.blob(layer.open()));
    const config = await tar.blob([source.config]);
    const manifests = source.manifests ?? [manifestOf(config, layers)];
    const written = [];
    for (const bytes of manifests) written.push({ ...(await tar.blob([bytes])), mediaType: mediaTypeOf(bytes) });
    const { head: _, ...top } = written[0] ?? { head: Buffer.alloc(0) };
    await tar.json('oci-layout', { imageLayoutVersion: '1.0.0' });
    await tar.json('index.json', { schemaVersion: 2, manifests: named(names).map((n) => ({ ...top, ...n })) });
    const tags = names.filter((name) => !name.includes('@'));
    const docker = { Config: pathOf(config), RepoTags: tags, Layers: layers.map(pathOf) };
    await tar.json('manifest.json', [docker]);
    await tar.end();
    return { id: config.digest, size: layers.reduce((sum, { size }) => sum + size, 0) };
  } finally {
    await tar.close();
  }
}

const pathOf = ({ digest }: { digest: string }): string => `blobs/sha256/${digest.slice(7)}`;

/** containerd names an image by this annotation; one without a name is in the index all the same. */
const named = (names: readonly string[]): object[] =>
  names.length === 0 ? [{}] : names.map((name) => ({ annotations: { 'io.containerd.image.name': name } }));

function manifestOf(config: Blob, layers: readonly Blob[]): Buffer {
  const describe = (mediaType: string, { digest, size }: Blob): object => ({ mediaType, digest, size });
  return Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: `${OCI}.manifest.v1+json`,
      config: describe(`${OCI}.config.v1+json`, config),
      layers: layers.map((layer) => describe(LAYER_TYPES[compressionOf(layer.head)], layer)),
    }),
  );
}

/** Docker's manifests always say it, those of OCI need not. */
function mediaTypeOf(manifest: Buffer): string {
  const { mediaType, manifests } = JSON.parse(manifest.toString('utf8')) as { mediaType?: string; manifests?: object };
  return mediaType ?? `${OCI}.${manifests ? 'index' : 'manifest'}.v1+json`;
}

interface TarWriter {
  /** Named by its digest, which is known only at its end: the header is written then. */
  blob(content: AsyncIterable<Buffer> | Iterable<Buffer>): Promise<Blob>;
  json(name: string, value: unknown): Promise<void>;
  end(): Promise<void>;
  close(): Promise<void>;
}

function createTarWriter(file: FileHandle, signal?: AbortSignal): TarWriter {
  let position = 0;
  const put = async (bytes: Buffer): Promise<void> => {
    await file.write(bytes, 0, bytes.length, position);
    position += bytes.length;
  };
  const blob: TarWriter['blob'] = async (content) => {
    const start = position;
    const hash = createHash('sha256');
    let head = Buffer.alloc(0);
    position += BLOCK;
    for await (const chunk of content) {
      signal?.throwIfAborted();
      if (head.length < 4) head = Buffer.concat([head, chunk.subarray(0, 4)]);
      hash.update(chunk);
      await put(chunk);
    }
    const size = position - start - BLOCK;
    const digest = `sha256:${hash.digest('hex')}`;
    await put(Buffer.alloc(paddingOf(size)));
    await file.write(headerOf(pathOf({ digest }), size), 0, BLOCK, start);
    return { digest, size, head };
  };
  return {
    blob,
    async json(name, value) {
      const bytes = Buffer.from(JSON.stringify(value));
      await put(Buffer.concat([headerOf(name, bytes.length), bytes, Buffer.alloc(paddingOf(bytes.length))]));
    },
    end: () => put(endOfArchive()),
    close: () => file.close(),
  };
}

const MAX_SIZE = 0o77777777777;

/** One block: it is written after what it describes. */
function headerOf(name: string, size: number): Buffer {
  if (size > MAX_SIZE) throw new RuntimeError('CannotRun', 'a layer of more than 8 GiB is too large for an archive');
  const rest = { uid: 0, gid: 0, mtime: 0, linkname: '', devMajor: 0, devMinor: 0, xattrs: new Map<string, Buffer>() };
  return formatHeader({ name, type: 'file', mode: 0o644, size, ...rest });
}
