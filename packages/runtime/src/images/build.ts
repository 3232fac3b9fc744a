/**
 * Makes an image archive (docker save's form, one layer) out of files given as bytes, for images made on the machine: the
 * demo image, and those of tests. The same input gives the same bytes.
 */
import { createHash } from 'node:crypto';
import { endOfArchive, formatHeader, paddingOf, type TarHeader } from '../tar/format.ts';
import { architecture } from './archive.ts';

export interface ImageFile {
  /** Inside the image: 'bin/busybox'. */
  path: string;
  content?: Buffer | string;
  /** A symbolic link to this. */
  link?: string;
  directory?: boolean;
  mode?: number;
  uid?: number;
  gid?: number;
  xattrs?: Record<string, Buffer>;
}

export interface ImageConfig {
  Env?: string[];
  Entrypoint?: string[];
  Cmd?: string[];
  User?: string;
  WorkingDir?: string;
  StopSignal?: string;
  ExposedPorts?: Record<string, object>;
  Labels?: Record<string, string>;
  Volumes?: Record<string, object>;
}

export interface BuildOptions {
  /** 'docker.io/library/hello:latest', one or more. */
  tags: string[];
  files: readonly ImageFile[];
  config?: ImageConfig;
}

export function buildImageArchive({ tags, files, config = {} }: BuildOptions): Buffer {
  const layer = buildTar(files);
  const diffId = sha256(layer);
  const image = {
    architecture: architecture(),
    os: 'linux',
    created: '1970-01-01T00:00:00Z',
    config,
    rootfs: { type: 'layers', diff_ids: [`sha256:${diffId}`] },
    history: [{ created: '1970-01-01T00:00:00Z', created_by: 'mkube' }],
  };
  const imageBytes = Buffer.from(JSON.stringify(image));
  const names = { config: `${sha256(imageBytes)}.json`, layer: `${diffId}/layer.tar` };
  const manifest = [{ Config: names.config, RepoTags: tags, Layers: [names.layer] }];
  return buildTar([
    { path: names.config, content: imageBytes },
    { path: `${diffId}/`, directory: true },
    { path: names.layer, content: layer },
    { path: 'manifest.json', content: JSON.stringify(manifest) },
  ]);
}

/** A tar archive of these entries, in their order, with a fixed time. */
export function buildTar(files: readonly ImageFile[]): Buffer {
  const blocks = files.flatMap((file) => {
    const body = Buffer.from(file.content ?? '');
    return [formatHeader(headerOf(file, body.length)), body, Buffer.alloc(paddingOf(body.length))];
  });
  return Buffer.concat([...blocks, endOfArchive()]);
}

function headerOf(file: ImageFile, size: number): TarHeader {
  const type = file.directory ? 'directory' : file.link === undefined ? 'file' : 'symlink';
  const mode = file.mode ?? (type === 'file' ? 0o644 : type === 'directory' ? 0o755 : 0o777);
  const owner = { uid: file.uid ?? 0, gid: file.gid ?? 0 };
  const xattrs = new Map(Object.entries(file.xattrs ?? {}));
  const numbers = { mode, ...owner, size: type === 'file' ? size : 0, mtime: 0, devMajor: 0, devMinor: 0 };
  return { ...numbers, name: file.path, type, linkname: file.link ?? '', xattrs };
}

const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');
