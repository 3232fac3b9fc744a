/** Every command, one line each; its code is loaded when it is run. Adding a command adds a file and a line here. */
import type { AnyCommand, CommandEntry, CommandGroup } from '../command.ts';

interface Loaded {
  command: AnyCommand | CommandGroup;
}

const entry = (
  group: string,
  name: string,
  summary: string,
  load: () => Promise<Loaded>,
  aliases: string[] = [],
): CommandEntry => ({
  name,
  aliases,
  summary,
  group,
  load: async () => (await load()).command,
});

const CLUSTER = 'Local Cluster Commands';
const BASIC = 'Basic Commands';
const DEPLOY = 'Deploy Commands';
const TROUBLE = 'Troubleshooting and Debugging Commands';
const ADVANCED = 'Advanced Commands';
const OTHER = 'Other Commands';

export const rootGroup: CommandGroup = {
  name: 'mkube',
  summary:
    "mkube runs Kubernetes on this machine and controls it: kubectl's verbs, plus the life of the local cluster.",
  subcommands: [
    entry(CLUSTER, 'up', 'Start the local cluster, or start it again with its state', () => import('./up.ts')),
    entry(CLUSTER, 'down', 'Stop the local cluster and keep all its state', () => import('./down.ts')),
    entry(CLUSTER, 'status', 'Show what runs of the local cluster', () => import('./status.ts')),
    entry(CLUSTER, 'reset', 'Stop the local cluster and remove everything of it', () => import('./reset.ts')),
    entry(CLUSTER, 'node', 'Add, stop, start or remove a node', () => import('./node.ts')),
    entry(CLUSTER, 'image', 'Load images into the cluster and list them', () => import('./image.ts')),
    entry(CLUSTER, 'server', 'Run the control plane in the foreground', () => import('./server.ts')),
    entry(CLUSTER, 'kubelet', 'Run a kubelet in the foreground', () => import('./kubelet.ts')),
    entry(BASIC, 'create', 'Create a resource from a file or from stdin', () => import('./create.ts')),
    entry(BASIC, 'run', 'Run a particular image on the cluster', () => import('./run.ts')),
    entry(BASIC, 'get', 'Display one or many resources', () => import('./get.ts')),
    entry(
      BASIC,
      'delete',
      'Delete resources by file names, stdin, resources and names, or by resources and label selector',
      () => import('./delete.ts'),
    ),
    entry(
      DEPLOY,
      'scale',
      'Set a new size for a deployment, replica set, or replication controller',
      () => import('./scale.ts'),
    ),
    entry(TROUBLE, 'cluster-info', 'Display cluster information', () => import('./cluster-info.ts')),
    entry(
      TROUBLE,
      'describe',
      'Show details of a specific resource or group of resources',
      () => import('./describe.ts'),
    ),
    entry(TROUBLE, 'logs', 'Print the logs for a container in a pod', () => import('./logs.ts'), ['log']),
    entry(TROUBLE, 'exec', 'Execute a command in a container', () => import('./exec.ts')),
    entry(ADVANCED, 'apply', 'Apply a configuration to a resource by file name or stdin', () => import('./apply.ts')),
    entry(
      OTHER,
      'api-resources',
      'Print the supported API resources on the server',
      () => import('./api-resources.ts'),
    ),
    entry(OTHER, 'version', 'Print the client and server version information', () => import('./version.ts')),
  ],
};
