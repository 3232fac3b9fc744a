/** mkube down: every process of the cluster ends, its state stays. */
import { clusterFlags, gracefulFlag, nameOption, withCluster } from '../cluster-flags.ts';
import { defineCommand } from '../command.ts';

export const command = defineCommand({
  name: 'down',
  summary: 'Stop the local cluster and keep all its state.',
  flags: { ...clusterFlags, graceful: gracefulFlag },
  async run({ flags, io }) {
    const { name, wasRunning } = await withCluster(flags, io, (ref, cluster) =>
      cluster.down({ ...ref, graceful: flags.graceful }),
    );
    io.out(
      wasRunning
        ? `Cluster "${name}" is down; 'mkube up${nameOption(name)}' starts it again with its state\n`
        : `Cluster "${name}" was down already\n`,
    );
  },
});
