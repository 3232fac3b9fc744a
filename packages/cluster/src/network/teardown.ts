/**
 * Finds all that carries a cluster's id on this machine and takes it away, whatever was killed half-way: processes first,
 * then mounts, namespaces, links, rules, cgroups. Needs no state but the id and the cluster's folder.
 */
import fs from 'node:fs';
import path from 'node:path';
import { runTool } from '../processes/exec.ts';
import { NETNS_FOLDER, nodeNamespace, prefixOf, switchNamespace, tableName } from './names.ts';
import { hostLinks, mountPoints, namespacesOf, staleNamespaceFiles } from './observe.ts';

/** Mounts below these folders, and bind mounts of namespaces that carry the id, innermost first. */
export async function removeMounts(folders: readonly string[]): Promise<void> {
  const below = (point: string) => folders.some((f) => point === f || point.startsWith(`${f}/`));
  const points = mountPoints().filter(below).toReversed();
  if (points.length > 0) await runTool('umount', ['--lazy', '--', ...points]);
}

/** Every namespace, link and rule with the id. */
export async function removeNetwork(id: string): Promise<void> {
  await Promise.all([
    removeLinksAndNamespaces(id),
    runTool('nft', ['delete', 'table', 'ip', tableName(id)]),
    removeDockerRules(id),
  ]);
  for (const file of staleNamespaceFiles(id)) fs.rmSync(file, { force: true });
}

async function removeLinksAndNamespaces(id: string): Promise<void> {
  const links = [...hostLinks()].filter((name) => name.startsWith(prefixOf(id)));
  const namespaces = namespacesOf(id);
  const sw = switchNamespace(id);
  // cables first: those of a deleted namespace go only some time later
  if (links.length > 0)
    await runTool('ip', ['-force', '-batch', '-'], { input: lines(links.map((l) => `link del ${l}`)) });
  if (namespaces.includes(sw)) await removeCables(sw);
  if (namespaces.length > 0)
    await runTool('ip', ['-force', '-batch', '-'], { input: lines(namespaces.map((n) => `netns del ${n}`)) });
}

async function removeCables(sw: string): Promise<void> {
  const { stdout } = await runTool('ip', ['-n', sw, '-j', 'link', 'show', 'type', 'veth']);
  const cables = (JSON.parse(stdout || '[]') as { ifname?: string }[])
    .map((l) => l.ifname)
    .filter((l) => l !== undefined);
  if (cables.length > 0)
    await runTool('ip', ['-n', sw, '-force', '-batch', '-'], { input: lines(cables.map((l) => `link del ${l}`)) });
}

async function removeDockerRules(id: string): Promise<void> {
  if (!hostLinks().has('docker0')) return;
  const { stdout } = await runTool('iptables', ['-w', '-S', 'DOCKER-USER']).catch(() => ({ stdout: '' }));
  for (const rule of stdout.split('\n').filter((r) => r.startsWith('-A ') && r.split(/[ "]+/).includes(tableName(id))))
    await runTool('iptables', ['-w', '-D', ...rule.slice(3).split(' ').map(unquote)]);
}

/** Cgroups, in every hierarchy, whose name starts with the cluster's prefix (and, for one node, the node's). */
export function removeCgroups(prefix: string): void {
  for (const folder of cgroupsOf(prefix)) removeTree(folder);
}

export function cgroupsOf(prefix: string): string[] {
  const root = '/sys/fs/cgroup';
  if (!fs.existsSync(root)) return [];
  const hierarchies = fs.existsSync(`${root}/cgroup.controllers`)
    ? [root]
    : fs.readdirSync(root).map((h) => `${root}/${h}`);
  return hierarchies.flatMap((h) => findFolders(h, prefix, 3));
}

/** A cgroup's files vanish with it: only folders are removed, leaves first; one with a process left stays. */
function removeTree(folder: string): void {
  try {
    for (const entry of fs.readdirSync(folder, { withFileTypes: true }))
      if (entry.isDirectory()) removeTree(path.join(folder, entry.name));
    fs.rmdirSync(folder);
  } catch {
    // somebody else removed it, or a process in it is still ending: the caller looks again
  }
}

function findFolders(folder: string, prefix: string, depth: number): string[] {
  let entries: fs.Dirent[];
  try {
    entries = fs.readdirSync(folder, { withFileTypes: true }).filter((e) => e.isDirectory());
  } catch {
    return [];
  }
  return entries.flatMap((e) => {
    const below = path.join(folder, e.name);
    if (isNamed(e.name, prefix)) return [below];
    return depth > 1 ? findFolders(below, prefix, depth - 1) : [];
  });
}

/** 'mk123456' names 'mk123456', 'mk123456-n1', …; 'mk123456-n1' does not name 'mk123456-n10'. */
export function isNamed(name: string, prefix: string): boolean {
  return name === prefix || (name.startsWith(prefix) && !/[0-9a-z]/.test(name.charAt(prefix.length)));
}

/** Inodes of the cluster's network namespaces: whoever is in one belongs to the cluster. */
export function namespaceInodes(id: string, nodeIndex?: number): Set<number> {
  const node = nodeIndex === undefined ? undefined : nodeNamespace(id, nodeIndex);
  const names = namespacesOf(id).filter((name) => node === undefined || isNamed(name, node));
  return new Set(names.map((name) => fs.statSync(`${NETNS_FOLDER}/${name}`).ino));
}

const lines = (all: string[]) => `${all.join('\n')}\n`;
const unquote = (word: string) => word.replace(/^"(.*)"$/, '$1');
