/**
 * Where this machine mounts its control groups: v1 (a tree per controller, hybrid systems included) or v2 (one tree). Taken
 * from the kernel's list of mounts, so that trees in unusual places are found as well.
 */
import { readFileSync } from 'node:fs';

/** Those that a kubelet itself sets limits by. */
export type Controller = 'cpu' | 'memory' | 'pids' | 'hugetlb';

export interface Hierarchy {
  version: 1 | 2;
  /** Every mounted tree. */
  roots: readonly string[];
  /** The tree that a controller is in; undefined where the machine has none. */
  folderOf(controller: Controller): string | undefined;
}

export function readHierarchy(mounts = '/proc/self/mounts'): Hierarchy {
  return hierarchyOf(readText(mounts), (folder) => readText(`${folder}/cgroup.controllers`));
}

/** Pure, but for what `controllersIn` reads: a v2 tree's own list. */
export function hierarchyOf(mounts: string, controllersIn: (folder: string) => string): Hierarchy {
  const trees = mounts
    .split('\n')
    .map((line) => line.split(' '))
    .filter(([, , type]) => type === 'cgroup' || type === 'cgroup2')
    .map(([, folder = '', type, options = '']) => ({ folder, type, options: options.split(',') }));
  const v1 = trees.filter(({ type }) => type === 'cgroup');
  const v2 = trees.find(({ type }) => type === 'cgroup2');
  const roots = trees.map(({ folder }) => folder);
  // hybrid: the controllers are in v1's trees, and v2's has none that matters
  if (v1.some(({ options }) => options.includes('memory') || options.includes('cpu') || options.includes('pids'))) {
    const folderOf = (controller: Controller): string | undefined =>
      v1.find(({ options }) => options.includes(controller))?.folder;
    return { version: 1, roots, folderOf };
  }
  const available = v2 ? controllersIn(v2.folder).trim().split(/\s+/) : [];
  return {
    version: 2,
    roots,
    folderOf: (controller) => (available.includes(controller) ? v2?.folder : undefined),
  };
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
