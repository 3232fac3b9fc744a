/**
 * Decides what an image layer may put on disk, before anything touches the disk. A layer is unpacked into an empty folder,
 * so this model of it is exact: every name is resolved inside the layer's own root, also through links that the layer made.
 * `..` and links to what is not there are refused; device nodes are left out; whiteouts become overlayfs' own.
 */
import path from 'node:path';
import type { EntryType, TarHeader } from '../tar/format.ts';

export class UnsafeLayerError extends Error {
  constructor(message: string) {
    super(`unsafe image layer: ${message}`);
    this.name = 'UnsafeLayerError';
  }
}

interface Node {
  type: EntryType;
  header: TarHeader | undefined;
  target: string;
  opaque: boolean;
  children: Map<string, Node>;
}

export interface LayerTree {
  /** The entry to write, with its resolved name; undefined to write none. */
  admit(header: TarHeader): TarHeader | undefined;
  /** Whiteouts and opaque folders, to be written after all entries. */
  finish(): TarHeader[];
}

const WHITEOUT = '.wh.';
const OPAQUE = '.wh..wh..opq';
const MAX_LINKS = 40;

export function createLayerTree(): LayerTree {
  const root = folder();
  const whiteouts: string[][] = [];
  return {
    admit(header) {
      const parts = partsOf(header.name);
      const name = parts.at(-1);
      if (name === undefined)
        return header.type === 'directory' ? { ...header, name: './', xattrs: keptXattrs(header) } : undefined;
      const parent = resolveFolder(root, parts.slice(0, -1));
      if (name.startsWith(WHITEOUT)) {
        noteWhiteout(parent, name, whiteouts);
        return undefined;
      }
      if (['char', 'block', 'other'].includes(header.type)) return undefined;
      const written = { ...header, name: parent.parts.concat(name).join('/'), xattrs: keptXattrs(header) };
      if (header.type === 'link') written.linkname = resolveLink(root, header);
      if (header.type === 'directory') written.name += '/';
      place(parent.node, name, written);
      return written;
    },
    finish: () => [...whiteouts.flatMap((parts) => whiteoutOf(root, parts)), ...opaqueFolders(root, [])],
  };
}

function folder(): Node {
  return { type: 'directory', header: undefined, target: '', opaque: false, children: new Map() };
}

function partsOf(name: string): string[] {
  if (name.includes('\0')) throw new UnsafeLayerError('a name with a zero byte');
  const parts = name.split('/').filter((part) => part !== '' && part !== '.');
  if (parts.includes('..')) throw new UnsafeLayerError(`${JSON.stringify(name)} leads out of its root`);
  if (parts.some((part) => Buffer.byteLength(part) > 255)) throw new UnsafeLayerError('a name longer than 255 bytes');
  return parts;
}

/** Walks from the layer's root as a chroot would: links are followed, and never above it. Missing folders come to be. */
function resolveFolder(root: Node, wanted: string[]): { node: Node; parts: string[] } {
  const rest = wanted.toReversed();
  const trail: { node: Node; name: string }[] = [];
  const here = (): Node => trail.at(-1)?.node ?? root;
  for (let links = 0, part = rest.pop(); part !== undefined; part = rest.pop()) {
    if (part === '' || part === '.') continue;
    if (part === '..') {
      trail.pop();
      continue;
    }
    const child = here().children.get(part) ?? folder();
    if (child.type === 'symlink') {
      if (++links > MAX_LINKS) throw new UnsafeLayerError('too many links in a path');
      if (child.target.startsWith('/')) trail.length = 0;
      rest.push(...child.target.split('/').toReversed());
      continue;
    }
    if (child.type !== 'directory')
      throw new UnsafeLayerError(`${JSON.stringify(wanted.join('/'))} goes through a file`);
    here().children.set(part, child);
    trail.push({ node: child, name: part });
  }
  return { node: here(), parts: trail.map((step) => step.name) };
}

function resolveLink(root: Node, header: TarHeader): string {
  const parts = partsOf(header.linkname);
  const parent = resolveFolder(root, parts.slice(0, -1));
  const target = parent.node.children.get(parts.at(-1) ?? '');
  if (!target || target.type === 'directory')
    throw new UnsafeLayerError(`${JSON.stringify(header.name)} is a hard link to no file of its layer`);
  return [...parent.parts, parts.at(-1)].join('/');
}

function place(parent: Node, name: string, header: TarHeader): void {
  const old = parent.children.get(name);
  if (old?.type === 'directory' && header.type !== 'directory')
    throw new UnsafeLayerError(`${JSON.stringify(header.name)} replaces a folder`);
  if (old?.type === 'directory') {
    old.header = header;
    return;
  }
  parent.children.set(name, { ...folder(), type: header.type, header, target: header.linkname });
}

function noteWhiteout(parent: { node: Node; parts: string[] }, name: string, whiteouts: string[][]): void {
  if (name === OPAQUE) {
    parent.node.opaque = true;
    return;
  }
  if (name.startsWith(`${WHITEOUT}${WHITEOUT}`)) return; // aufs' own bookkeeping
  const hidden = name.slice(WHITEOUT.length);
  if (hidden === '' || hidden === '.' || hidden === '..')
    throw new UnsafeLayerError(`a whiteout named ${JSON.stringify(name)}`);
  whiteouts.push([...parent.parts, hidden]);
}

/** What the layer itself brings stays: only what lies below it is hidden. */
function whiteoutOf(root: Node, parts: string[]): TarHeader[] {
  const parent = resolveFolder(root, parts.slice(0, -1)).node;
  const own = parent.children.get(parts.at(-1) ?? '');
  if (own?.type === 'directory') own.opaque = true;
  return own ? [] : [{ ...blank(), name: parts.join('/'), type: 'char', mode: 0 }];
}

function opaqueFolders(node: Node, parts: string[]): TarHeader[] {
  const below = [...node.children].flatMap(([name, child]) => opaqueFolders(child, [...parts, name]));
  if (!node.opaque) return below;
  const header = node.header ?? { ...blank(), type: 'directory' as const, mode: 0o755 };
  const xattrs = new Map([...header.xattrs, ['trusted.overlay.opaque', Buffer.from('y')] as const]);
  return [...below, { ...header, name: `${path.posix.join('.', ...parts)}/`, xattrs }];
}

function blank(): TarHeader {
  const numbers = { mode: 0o644, uid: 0, gid: 0, size: 0, mtime: 0, devMajor: 0, devMinor: 0 };
  return { ...numbers, name: '', type: 'file', linkname: '', xattrs: new Map() };
}

/** File capabilities and the user's own; never overlayfs' or a security module's. */
function keptXattrs({ xattrs }: TarHeader): ReadonlyMap<string, Buffer> {
  return new Map([...xattrs].filter(([name]) => name === 'security.capability' || name.startsWith('user.')));
}
