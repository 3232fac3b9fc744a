/** mkube kubelet: one node of a cluster in the foreground, its log on stdout. */
import { clusterFlags, withCluster } from '../cluster-flags.ts';
import { defineCommand } from '../command.ts';
import { CommandError } from '../io.ts';

export const command = defineCommand({
  name: 'kubelet',
  usage: 'NODE',
  summary: 'Run the kubelet of a node of a local cluster in the foreground.',
  flags: clusterFlags,
  async run({ args, flags, io }) {
    const [node, ...more] = args;
    if (node === undefined || more.length > 0)
      throw new CommandError(`exactly one NODE is required, got ${args.length}`);
    await withCluster(flags, io, (ref, cluster) => cluster.kubeletForeground({ ...ref, node }));
  },
});
