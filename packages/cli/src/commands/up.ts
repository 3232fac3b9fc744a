/** mkube up: start the local cluster, or start it again with its state. */
import { clusterFlags, withCluster } from '../cluster-flags.ts';
import { bool, defineCommand, int, text } from '../command.ts';
import { formatMillis } from '../progress.ts';

export const command = defineCommand({
  name: 'up',
  usage:
    '[--name NAME] [--nodes N] [--runtime auto|runc|containerd|docker|cri:///path.sock|process] [--store URL] [--wait]',
  summary: 'Start the local cluster, or start it again with its state.',
  examples: '  mkube up\n  mkube up --name ci --nodes 3 --wait',
  flags: {
    ...clusterFlags,
    nodes: int('How many nodes; 2 for a new cluster, and an existing one keeps those it has.'),
    runtime: text('What starts containers: auto, runc, containerd, docker, cri:///path.sock or process.'),
    store: text(
      'Where state is kept: leveldb:///path or memory:. The default is LevelDB in the folder of the cluster.',
      { value: 'url' },
    ),
    'control-planes': int('How many API servers.'),
    port: int('The port of the API; 6443, or a free one where that is taken.'),
    'node-monitor-grace-period': int('Seconds without a heartbeat after which a node is Unknown.'),
    'default-unreachable-toleration-seconds': int(
      'Seconds that pods stay bound to a node that is not ready or unreachable.',
    ),
    'kubelet-config': text('A KubeletConfiguration file for the nodes; it is kept with the cluster.', {
      value: 'file',
    }),
    'audit-policy-file': text('An audit policy; requests are written to logs/audit.log in the folder of the cluster.', {
      value: 'file',
    }),
    wait: bool('Fail unless all nodes are Ready in time.'),
    timeout: int('Seconds to wait for the nodes.'),
  },
  async run({ flags, io }) {
    const result = await withCluster(flags, io, (ref, cluster) =>
      cluster.up({
        ...ref,
        nodes: flags.nodes,
        runtime: flags.runtime,
        store: flags.store,
        controlPlanes: flags['control-planes'],
        port: flags.port,
        nodeMonitorGracePeriod: flags['node-monitor-grace-period'],
        podEvictionTolerationSeconds: flags['default-unreachable-toleration-seconds'],
        kubeletConfig: flags['kubelet-config'],
        auditPolicy: flags['audit-policy-file'],
        wait: flags.wait,
        waitSeconds: flags.timeout,
      }),
    );
    const what = result.created ? 'is up' : result.started.length > 0 ? 'is up again' : 'was up already';
    io.out(
      `Cluster "${result.name}" ${what}: ${result.server}, ${result.readyNodes.length} of ${result.state.nodes.length} nodes Ready, ${formatMillis(result.elapsedMs)}\n`,
    );
    io.out(`Context "${result.context}" is current in ${result.kubeconfig}\n`);
  },
});
