/**
 * Mounts and unmounts by mount(8) and umount(8): what many pods ask for at a time is done by one program, for most of the cost of
 * such a program is its start. One mount alone is told in argv; more in a table, as of fstab(5).
 */
import { rmSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { isErrno } from '../atomic-file.ts';
import { runOrThrow, type Exec } from '../exec.ts';
import { escapeBlanks, mountPoints, mountsUnder } from '../mount-table.ts';
import { createBatch } from '../queues.ts';

export interface Mount {
  type: string;
  /** What stands in the kernel's list as its source. */
  source: string;
  target: string;
  /** Relative names in it are relative to the folder that `openMounts` was given. */
  options: string;
}

export interface Mounts {
  mount(what: Mount): Promise<void>;
  /** Detaches them all; what is in use goes when it no longer is. */
  unmount(points: readonly string[]): Promise<void>;
}

export interface MountsOptions {
  exec: Exec;
  /** Where mount(8) runs. */
  cwd: string;
  /** The table is written here. */
  table: string;
}

export function openMounts({ exec, cwd, table }: MountsOptions): Mounts {
  const mountOne = (what: Mount): Promise<Error | undefined> =>
    runOrThrow(exec, mountArgv(what), { cwd }).then(
      () => undefined,
      (error: Error) => error,
    );
  const mountMany = async (all: readonly Mount[]): Promise<(Error | undefined)[]> => {
    writeFileSync(table, formatTable(all), { mode: 0o600 });
    try {
      const { code } = await exec.run(['mount', '--internal-only', '--all', '--fstab', table], { cwd });
      if (code === 0) return all.map(() => undefined);
    } finally {
      rmSync(table, { force: true });
    }
    // those that failed are asked one by one what they lack
    const mounted = new Set(mountPoints());
    return Promise.all(all.map(async (what) => (mounted.has(what.target) ? undefined : mountOne(what))));
  };
  const mount = createBatch<Mount>((all) =>
    all.length === 1 && all[0] ? mountOne(all[0]).then((outcome) => [outcome]) : mountMany(all),
  );
  const unmount = createBatch<readonly string[]>(async (all) => {
    await detachMounts(exec, all.flat());
    return all.map(() => undefined);
  });
  return { mount, unmount: async (points) => (points.length > 0 ? unmount(points) : undefined) };
}

const mountArgv = ({ type, source, target, options }: Mount): string[] => {
  return ['mount', '--internal-only', '-t', type, '-o', options, source, target];
};

/** Six fields a line; blanks and backslashes in octal. */
export function formatTable(all: readonly Mount[]): string {
  const line = ({ type, source, target, options }: Mount): string =>
    `${[source, target, type, options].map(escapeBlanks).join(' ')} 0 0\n`;
  return all.map(line).join('');
}

export async function detachMounts(exec: Exec, points: readonly string[]): Promise<void> {
  if (points.length === 0) return;
  await exec.run(['umount', '--lazy', '--no-canonicalize', ...points]);
}

const PATIENCE_MS = 3000;

/**
 * Takes a folder away with all that is mounted in it. A program that a killed kubelet had started may still mount something
 * there: then it is done again.
 */
export async function removeMountedFolder({ unmount }: Pick<Mounts, 'unmount'>, folder: string): Promise<void> {
  for (const deadline = performance.now() + PATIENCE_MS; ;) {
    await unmount(mountsUnder(folder));
    try {
      await rm(folder, { recursive: true, force: true });
      return;
    } catch (error) {
      if (!isErrno(error, 'EBUSY', 'ENOTEMPTY') || performance.now() > deadline) throw error;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }
}
