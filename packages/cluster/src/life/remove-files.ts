/** Takes a cluster's folder away, after everything that used it has ended. */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { removeMounts } from '../network/teardown.ts';
import { prefixOf } from '../network/names.ts';
import { codeOf, explainFileError } from '../state/cluster-error.ts';
import type { ClusterContext } from './context.ts';

export async function removeFiles({ paths, id }: ClusterContext): Promise<void> {
  for (let round = 0; ; round++) {
    try {
      fs.rmSync(paths.root, { recursive: true, force: true });
      removeSockets(id);
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

/** Those that had to be made elsewhere, because the folder's path is too long for sockets. */
function removeSockets(id: string): void {
  const ours = fs.readdirSync(os.tmpdir()).filter((name) => name.startsWith(`${prefixOf(id)}-`));
  for (const name of ours) fs.rmSync(path.join(os.tmpdir(), name), { force: true });
}
