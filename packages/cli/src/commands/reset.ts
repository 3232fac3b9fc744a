/** mkube reset: everything of the cluster goes, after a question. */
import { createInterface } from 'node:readline/promises';
import { clusterFlags, withCluster } from '../cluster-flags.ts';
import { bool, defineCommand } from '../command.ts';
import { CommandError } from '../io.ts';

export const command = defineCommand({
  name: 'reset',
  summary: 'Stop the local cluster and remove everything of it: its state, its nodes, its kubeconfig context.',
  flags: { ...clusterFlags, yes: bool('Do not ask.', { short: 'y' }) },
  async run({ flags, io }) {
    if (!flags.yes) {
      if (io.stdin.isTTY !== true)
        throw new CommandError(`this removes cluster "${flags.name}" with everything in it: say --yes to go on`);
      io.err(`Remove cluster "${flags.name}" with everything in it? [y/N] `);
      const reader = createInterface({ input: io.stdin });
      const answer = await reader.question('', { signal: io.signal }).finally(() => reader.close());
      if (!/^y(es)?$/i.test(answer.trim())) throw new CommandError('nothing was removed');
    }
    const { name, existed } = await withCluster(flags, io, (ref, cluster) => cluster.reset(ref));
    io.out(existed ? `Cluster "${name}" is removed\n` : `There was no cluster "${name}"\n`);
  },
});
