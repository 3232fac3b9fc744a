/**
 * Every process of a cluster, or of one of its nodes, whoever started it: by the marks in its environment (kubelets, conmon
 * and what they start), by the network namespace it is in, by the cgroup it is in. This process and its ancestors never count.
 */
import fs from 'node:fs';
import { isNamed, namespaceInodes } from '../network/teardown.ts';
import { nodeNamespace, prefixOf } from '../network/names.ts';
import { type ProcessId, processIdOf } from '../state/process-id.ts';

const CLUSTER_MARK = 'MKUBE_CLUSTER';
const NODE_MARK = 'MKUBE_NODE';

/** What the environment of a cluster's processes says, and of those of one node. */
export function marksOf({ id }: { id: string }, node?: { name: string }): Record<string, string> {
  return { [CLUSTER_MARK]: prefixOf(id), ...(node !== undefined && { [NODE_MARK]: node.name }) };
}

export interface Belonging {
  id: string;
  /** Only those of this node. */
  node?: { name: string; index: number };
}

export function findProcesses({ id, node }: Belonging): ProcessId[] {
  const namespaces = namespaceInodes(id, node?.index);
  const prefix = node === undefined ? prefixOf(id) : nodeNamespace(id, node.index);
  const marks = Object.entries(marksOf({ id }, node)).map(([name, value]) => `${name}=${value}`);
  const own = ancestors(process.pid);
  if (!fs.existsSync('/proc/self/environ')) return []; // pid files have to do there
  return fs
    .readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && !own.has(Number(name)))
    .filter((pid) => hasMarks(pid, marks) || isInNamespace(pid, namespaces) || isInCgroup(pid, prefix))
    .map((pid) => processIdOf(Number(pid)))
    .filter((found) => found !== undefined);
}

function hasMarks(pid: string, marks: string[]): boolean {
  const environment = read(`/proc/${pid}/environ`).split('\0');
  return marks.every((mark) => environment.includes(mark));
}

function isInNamespace(pid: string, inodes: Set<number>): boolean {
  if (inodes.size === 0) return false;
  try {
    return inodes.has(fs.statSync(`/proc/${pid}/ns/net`).ino);
  } catch {
    return false;
  }
}

function isInCgroup(pid: string, prefix: string): boolean {
  return read(`/proc/${pid}/cgroup`)
    .split(/[\n/]/)
    .some((name) => isNamed(name, prefix));
}

function ancestors(pid: number): Set<number> {
  const found = new Set<number>();
  for (let p = pid; p > 0 && !found.has(p); p = parentOf(p)) found.add(p);
  return found;
}

function parentOf(pid: number): number {
  const stat = read(`/proc/${pid}/stat`);
  return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1] ?? 0);
}

/** '' for a process that ended meanwhile, or that is not ours to look at. */
function read(file: string): string {
  try {
    return fs.readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
