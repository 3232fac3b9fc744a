/** The few mounts that volumes need, and taking them away again: mount(8), umount(8). Linux. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { mountsUnder } from '@mkube/runtime';

const run = promisify(execFile);
const TIMEOUT_MS = 30_000;

/** `options` as the kernel reads them: 'mode=0755'. */
export async function mountTmpfs(folder: string, options: readonly string[]): Promise<void> {
  const given = options.length > 0 ? ['-o', options.join(',')] : [];
  await run('mount', ['-t', 'tmpfs', ...given, 'tmpfs', folder], { timeout: TIMEOUT_MS });
}

/** `pageSize` as the kernel reads it: '2M'. */
export async function mountHugepages(folder: string, pageSize: string): Promise<void> {
  await run('mount', ['-t', 'hugetlbfs', '-o', `pagesize=${pageSize}`, 'hugetlbfs', folder], { timeout: TIMEOUT_MS });
}

/**
 * A second place for a file or folder and what is mounted in it; `source` may be the path of a descriptor. What is mounted in the
 * source later is seen here, and what is done here is not seen there: it can be taken away again.
 */
export async function bindMount(source: string, target: string): Promise<void> {
  await run('mount', ['--no-canonicalize', '--rbind', '--make-rslave', source, target], { timeout: TIMEOUT_MS });
}

export async function unmountBelow(folder: string): Promise<void> {
  for (const point of mountsUnder(folder)) {
    await run('umount', [point], { timeout: TIMEOUT_MS }).catch(() =>
      run('umount', ['-l', point], { timeout: TIMEOUT_MS }),
    );
  }
}
