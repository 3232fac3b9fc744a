/** What the commands of a cluster's life share: which cluster, and progress that is shown while they work. */
import type * as Cluster from '@mkube/cluster';
import { bool, textOr } from './command.ts';
import { CommandError, type Io } from './io.ts';
import { createProgressPrinter } from './progress.ts';

export const clusterFlags = {
  name: textOr('mkube', 'The name of the local cluster.'),
} as const;

export const gracefulFlag = bool('Let pods end with their grace first, as when a machine is shut down.');

/** Runs `work` with a reference to the cluster; what the cluster says is wrong becomes the command's error. */
export async function withCluster<T>(
  flags: { name: string },
  io: Io,
  work: (ref: Cluster.ClusterRef, cluster: typeof Cluster) => Promise<T>,
): Promise<T> {
  const cluster = await import('@mkube/cluster');
  const printer = createProgressPrinter(io);
  try {
    return await work({ name: flags.name, env: io.env, progress: printer.print, signal: io.signal }, cluster);
  } catch (error) {
    if (error instanceof cluster.ClusterError) throw new CommandError(error.message, 1, { cause: error });
    throw error;
  } finally {
    printer.end();
  }
}

/** ' --name x' where the default would not do. */
export const nameOption = (name: string): string => (name === 'mkube' ? '' : ` --name ${name}`);
