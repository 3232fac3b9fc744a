// A whole cluster on containerd: one for each node, started by mkube in the node's network.
import fs from 'node:fs';
import path from 'node:path';
import { type CommandCluster, eventually, whyNoContainers } from '../lib/index.ts';
import { describeEngine } from '../lib/engine-story.ts';

const NEEDED = ['/usr/bin/containerd', '/usr/lib/cni/ptp'];

function whyNoContainerd(): string | false {
  const missing = NEEDED.filter((file) => !fs.existsSync(file));
  if (missing.length === 0) return whyNoContainers();
  return `${missing.join(', ')} missing: apt-get install containerd containernetworking-plugins`;
}

const folderOf = (cluster: CommandCluster, node: string) =>
  path.join(cluster.home, 'mkube/mkube/nodes', node, 'containerd');
const pidOf = (cluster: CommandCluster, node: string) => {
  const { pid } = JSON.parse(fs.readFileSync(path.join(folderOf(cluster, node), 'containerd.json'), 'utf8')) as {
    pid: number;
  };
  return pid;
};
const namesIn = (folder: string): string[] => (fs.existsSync(folder) ? fs.readdirSync(folder) : []);

/** What containerd and CNI keep outside of the node's folder: sockets of shims, results of plugins. */
function elsewhere(cluster: CommandCluster): () => string[] {
  const folders = ['node-1', 'node-2'].map((node) => folderOf(cluster, node));
  const tasks = folders.map((folder) => path.join(folder, 'state/io.containerd.runtime.v2.task/k8s.io'));
  const bundles = tasks.flatMap((folder) => namesIn(folder).map((id) => path.join(folder, id, 'address')));
  const sockets = bundles.map((file) => fs.readFileSync(file, 'utf8').trim().slice('unix://'.length));
  const sandboxes = folders.flatMap((folder) => namesIn(path.join(folder, 'root/io.containerd.grpc.v1.cri/sandboxes')));
  if (sockets.length === 0 || sandboxes.length === 0) throw new Error('nothing is found where containerd keeps things');
  const results = '/var/lib/cni/results';
  return () => [
    ...sockets.filter((socket) => fs.existsSync(socket)),
    ...namesIn(results).filter((name) => sandboxes.some((sandbox) => name.includes(sandbox))),
  ];
}

describeEngine('containerd', {
  runtime: 'containerd',
  skip: whyNoContainerd(),
  version: / containerd:\/\/\d+\.\d+/,
  open: () => Promise.resolve({ DOCKER_HOST: 'unix:///nowhere/docker.sock' }),
  async restart(cluster) {
    for (const node of ['node-1', 'node-2']) {
      const killed = pidOf(cluster, node);
      process.kill(killed, 'SIGKILL');
      await eventually(
        `the kubelet starts the containerd of ${node} again`,
        async () => pidOf(cluster, node) !== killed,
      );
    }
  },
  containersGoOn: true,
  builds: false,
  watchLeftovers(cluster) {
    const look = elsewhere(cluster);
    return Promise.resolve(() => Promise.resolve(look()));
  },
  close: () => Promise.resolve(),
});
