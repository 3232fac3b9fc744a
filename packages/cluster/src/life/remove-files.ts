/** Takes a cluster's folder away, after everything that used it has ended. */
import fs from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { removeMounts } from '../network/teardown.ts';
import { codeOf, explainFileError } from '../state/cluster-error.ts';
import type { ClusterContext } from './context.ts';

export async function removeFiles({ paths }: ClusterContext): Promise<void> {
  for (let round = 0; ; round++) {
    try {
      fs.rmSync(paths.root, { recursive: true, force: true });
      return;
    } catch (error) {
      // a mount that a dying process made last, or its last file
      if (round === 20 || !['EBUSY', 'ENOTEMPTY'].includes(codeOf(error) ?? ''))
        throw explainFileError(`remove ${paths.root}`, error);
      await removeMounts([paths.root]);
      await wait(50);
    }
  }
}
