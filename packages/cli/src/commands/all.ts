/** Every command, one line each; its code is loaded when it is run. Adding a command adds a file and a line here. */
import type { AnyCommand, CommandEntry, CommandGroup } from '../command.ts';

interface Loaded {
  command: AnyCommand | CommandGroup;
}

/** name, summary, loader, aliases */
type Row = [string, string, () => Promise<Loaded>, string[]?];

const entries = (group: string, rows: Row[]): CommandEntry[] =>
  rows.map(([name, summary, load, aliases = []]) => ({
    name,
    aliases,
    summary,
    group,
    load: async () => (await load()).command,
  }));

export const rootGroup: CommandGroup = {
  name: 'mkube',
  summary:
    "mkube runs Kubernetes on this machine and controls it: kubectl's verbs, plus the life of the local cluster.",
  subcommands: [
    ...entries('Local Cluster Commands', [
      ['up', 'Start the local cluster, or start it again with its state', () => import('./up.ts')],
      ['down', 'Stop the local cluster and keep all its state', () => import('./down.ts')],
      ['status', 'Show what runs of the local cluster', () => import('./status.ts')],
      ['reset', 'Stop the local cluster and remove everything of it', () => import('./reset.ts')],
      ['node', 'Add, stop, start or remove a node', () => import('./node.ts')],
      ['image', 'Load images into the cluster and list them', () => import('./image.ts')],
      ['server', 'Run the control plane in the foreground', () => import('./server.ts')],
      ['kubelet', 'Run a kubelet in the foreground', () => import('./kubelet.ts')],
    ]),
    ...entries('Basic Commands', [
      ['create', 'Create a resource from a file or from stdin', () => import('./create.ts')],
      ['expose', 'Take a workload or pod and expose it as a new Kubernetes service', () => import('./expose.ts')],
      ['set', 'Set specific features on objects', () => import('./set.ts')],
      ['run', 'Run a particular image on the cluster', () => import('./run.ts')],
      ['explain', 'Get documentation for a resource', () => import('./explain.ts')],
      ['get', 'Display one or many resources', () => import('./get.ts')],
      ['edit', 'Edit a resource on the server', () => import('./edit.ts')],
      ['delete', 'Delete resources by file names, stdin, names, or label selector', () => import('./delete.ts')],
    ]),
    ...entries('Deploy Commands', [
      ['rollout', 'Manage the rollout of a resource', () => import('./rollout.ts')],
      ['scale', 'Set a new size for a deployment, replica set, or stateful set', () => import('./scale.ts')],
      [
        'autoscale',
        'Auto-scale a deployment, replica set, stateful set, or replication controller',
        () => import('./autoscale.ts'),
      ],
    ]),
    ...entries('Cluster Management Commands', [
      ['certificate', 'Modify certificate resources', () => import('./certificate.ts')],
      ['cluster-info', 'Display cluster information', () => import('./cluster-info.ts')],
      ['top', 'Display resource (CPU/memory) usage', () => import('./top.ts')],
      ['cordon', 'Mark node as unschedulable', () => import('./cordon.ts')],
      ['uncordon', 'Mark node as schedulable', () => import('./uncordon.ts')],
      ['drain', 'Drain node in preparation for maintenance', () => import('./drain.ts')],
      ['taint', 'Update the taints on one or more nodes', () => import('./taint.ts')],
    ]),
    ...entries('Troubleshooting and Debugging Commands', [
      ['describe', 'Show details of a specific resource or group of resources', () => import('./describe.ts')],
      ['logs', 'Print the logs for a container in a pod', () => import('./logs.ts'), ['log']],
      ['attach', 'Attach to a running container', () => import('./attach.ts')],
      ['exec', 'Execute a command in a container', () => import('./exec.ts')],
      ['port-forward', 'Forward one or more local ports to a pod', () => import('./port-forward.ts')],
      ['proxy', 'Run a proxy to the Kubernetes API server', () => import('./proxy.ts')],
      ['cp', 'Copy files and directories to and from containers', () => import('./cp.ts')],
      ['auth', 'Inspect authorization', () => import('./auth.ts')],
      ['debug', 'Create debugging sessions for troubleshooting workloads and nodes', () => import('./debug.ts')],
      ['events', 'List events', () => import('./events.ts')],
    ]),
    ...entries('Advanced Commands', [
      ['diff', 'Diff the live version against a would-be applied version', () => import('./diff.ts')],
      ['apply', 'Apply a configuration to a resource by file name or stdin', () => import('./apply.ts')],
      ['patch', 'Update fields of a resource', () => import('./patch.ts')],
      ['replace', 'Replace a resource by file name or stdin', () => import('./replace.ts')],
      ['wait', 'Wait for a specific condition on one or many resources', () => import('./wait.ts')],
    ]),
    ...entries('Settings Commands', [
      ['annotate', 'Update the annotations on a resource', () => import('./annotate.ts')],
      ['label', 'Update the labels on a resource', () => import('./label.ts')],
      [
        'completion',
        'Output shell completion code for the specified shell (bash, zsh, fish)',
        () => import('./completion.ts'),
      ],
      ['config', 'Modify kubeconfig files', () => import('./config.ts')],
    ]),
    ...entries('Other Commands', [
      ['api-resources', 'Print the supported API resources on the server', () => import('./api-resources.ts')],
      ['api-versions', 'Print the supported API versions on the server', () => import('./api-versions.ts')],
      ['options', 'Print the list of flags inherited by all commands', () => import('./options.ts')],
      ['plugin', 'Provides utilities for interacting with plugins', () => import('./plugin.ts')],
      ['version', 'Print the client and server version information', () => import('./version.ts')],
    ]),
    {
      name: '__complete',
      summary: 'Completions for the shell',
      group: 'Other Commands',
      hidden: true,
      load: async () => (await import('./complete.ts')).command,
    },
  ],
};
