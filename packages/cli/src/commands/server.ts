/** mkube server: the control plane of a cluster in the foreground, its log on stdout; ends cleanly on SIGTERM and SIGINT. */
import { clusterFlags, withCluster } from '../cluster-flags.ts';
import { defineCommand } from '../command.ts';

export const command = defineCommand({
  name: 'server',
  summary: 'Run the control plane of a local cluster in the foreground.',
  flags: clusterFlags,
  async run({ flags, io }) {
    await withCluster(flags, io, (ref, cluster) => cluster.serveForeground(ref));
  },
});
