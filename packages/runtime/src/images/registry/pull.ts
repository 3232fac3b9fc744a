/**
 * Pulls an image: manifest (this machine's out of a list), config, and the layers that are not here yet, several at a time,
 * each unpacked as it arrives. Everything is checked against its digest before it counts.
 */
import { createHash } from 'node:crypto';
import { RuntimeError, type PullProgress, type RegistryAuth } from '../../runtime.ts';
import { architecture, pickPlatform } from '../archive.ts';
import { formatReference, parseReference } from '../reference.ts';
import type { ImageStore } from '../store.ts';
import { streamBlob } from './blob-stream.ts';
import { createRegistryClient, type RegistryClient, type RegistryOptions } from './registry-client.ts';

export interface PullOptions {
  auth?: RegistryAuth;
  signal: AbortSignal;
  onProgress?: (progress: PullProgress) => void;
  registries?: RegistryOptions;
}

interface Descriptor {
  mediaType?: string;
  digest: string;
  size?: number;
  platform?: { os: string; architecture: string };
}

interface Manifest {
  schemaVersion?: number;
  config?: Descriptor;
  layers?: Descriptor[];
  manifests?: Descriptor[];
}

const ACCEPT = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
  'application/vnd.docker.distribution.manifest.v2+json',
].join(', ');
const MAX_MANIFEST = 4 << 20;
const MAX_CONFIG = 8 << 20;

/** Gives the image's id. Throws ImageNotFound, Unauthorized, RegistryUnavailable, InvalidImageName. */
export async function pullImage(store: Pick<ImageStore, 'add'>, ref: string, options: PullOptions): Promise<string> {
  const reference = parseReference(ref);
  const { auth, signal, registries } = options;
  const client = createRegistryClient(reference, { auth, options: registries });
  try {
    const top = await fetchManifest(client, reference.digest ?? reference.tag ?? 'latest', signal);
    const own = await ownManifest(client, top, signal);
    const { config, layers } = own.manifest;
    if (!config || !layers)
      throw new RuntimeError('CannotRun', `${formatReference(reference)} is no image: its manifest has no layers`);
    const configBytes = await readBlob(client, config, signal);
    const diffIds = diffIdsOf(configBytes);
    if (diffIds.length !== layers.length)
      throw new RuntimeError('CannotRun', 'damaged image: its config names other layers than its manifest');
    const report = progressOf(formatReference(reference), layers, options.onProgress);
    const sources = layers.map((layer, i) => ({
      diffId: diffIds[i] ?? '',
      open: () => streamBlob({ client, digest: layer.digest, size: layer.size, signal, onBytes: report }),
    }));
    const manifests = own === top ? [top.bytes] : [top.bytes, own.bytes];
    return await store.add(
      { config: configBytes, layers: sources, refs: [formatReference(reference)], digest: top.digest, manifests },
      { signal },
    );
  } finally {
    await client.close();
  }
}

interface FetchedManifest {
  manifest: Manifest;
  bytes: Buffer;
  digest: string;
}

async function fetchManifest(client: RegistryClient, name: string, signal: AbortSignal): Promise<FetchedManifest> {
  const { body } = await client.get({ path: `manifests/${name}`, headers: { accept: ACCEPT }, signal });
  const bytes = await readLimited(body as AsyncIterable<Buffer>, MAX_MANIFEST);
  const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
  if (name.startsWith('sha256:') && name !== digest)
    throw new RuntimeError('CannotRun', `damaged image: the registry sent ${digest} for ${name}`);
  return { manifest: parse<Manifest>(bytes, 'manifest'), bytes, digest };
}

/** The top one itself, or this machine's out of a list. */
async function ownManifest(
  client: RegistryClient,
  top: FetchedManifest,
  signal: AbortSignal,
): Promise<FetchedManifest> {
  const { manifest } = top;
  if (manifest.schemaVersion === 1)
    throw new RuntimeError('CannotRun', 'the image is of the old schema 1, which registries gave up');
  if (!manifest.manifests) return top;
  const own = pickPlatform(manifest.manifests);
  if (!own)
    throw new RuntimeError(
      'ImageNotFound',
      `no match for platform linux/${architecture()} in the image's manifest list`,
    );
  checkDigest(own.digest);
  const found = await fetchManifest(client, own.digest, signal);
  if (found.manifest.manifests)
    throw new RuntimeError('CannotRun', 'damaged image: a manifest list in a manifest list');
  return found;
}

async function readBlob(client: RegistryClient, { digest, size }: Descriptor, signal: AbortSignal): Promise<Buffer> {
  checkDigest(digest);
  return readLimited(streamBlob({ client, digest, size, signal }), MAX_CONFIG);
}

async function readLimited(body: AsyncIterable<Buffer>, limit: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    if (size > limit) throw new RuntimeError('CannotRun', `damaged image: a document of more than ${limit} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function diffIdsOf(config: Buffer): string[] {
  const { rootfs } = parse<{ rootfs?: { diff_ids?: string[] } }>(config, 'config');
  const ids = rootfs?.diff_ids ?? [];
  ids.forEach(checkDigest);
  return ids;
}

function checkDigest(digest: string): void {
  if (!/^sha256:[0-9a-f]{64}$/.test(digest))
    throw new RuntimeError('CannotRun', `damaged image: bad digest ${JSON.stringify(digest)}`);
}

function parse<T>(bytes: Buffer, what: string): T {
  try {
    return JSON.parse(bytes.toString('utf8')) as T;
  } catch (cause) {
    throw new RuntimeError('CannotRun', `damaged image: its ${what} is not JSON`, { cause });
  }
}

/** Bytes of layers that travelled; those that are here already count from the start. */
function progressOf(
  image: string,
  layers: readonly Descriptor[],
  onProgress: PullOptions['onProgress'],
): (count: number) => void {
  const total = layers.reduce((sum, layer) => sum + (layer.size ?? 0), 0);
  let current = 0;
  return (count) => {
    current += count;
    onProgress?.({ image, current, total, message: `${layers.length} layers` });
  };
}
