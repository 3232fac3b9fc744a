/**
 * Where a cluster's files are. One folder per cluster under MKUBE_HOME:
 *   cluster.json   state: version, id, port, subnets, nodes, options (the commit point of a creation)
 *   pki/           keys and certificates, 0600        data/    LevelDB
 *   images/        the image store of all nodes       nodes/<node>/  a kubelet's root
 *   pulls/         which images were pulled with which secrets
 *   volumes/       persistent volumes, a folder each
 *   kubelet.yaml   a KubeletConfiguration, of the user's own
 *   audit-policy.yaml  an audit policy, of the user's own
 *   certs.d/       registries: mirrors, certificates, a folder each, of the user's own
 *   logs/          server.log, audit.log, <node>.log             run/     pid files, lock, sockets
 */
import { createHash } from 'node:crypto';
import os from 'node:os';
import path from 'node:path';
import { checkName } from './names.ts';

export interface ClusterPaths {
  home: string;
  name: string;
  root: string;
  clusterFile: string;
  pki: string;
  data: string;
  images: string;
  pullRecords: string;
  /** Folders of persistent volumes. */
  volumes: string;
  nodes: string;
  logs: string;
  run: string;
  lock: string;
  serverPid: string;
  serverLog: string;
  kubeletConfig: string;
  auditPolicy: string;
  auditLog: string;
  /** How registries are reached, the nearest first: the cluster's own, all clusters', the machine's. */
  registryConfigs: string[];
  /** Where kubelets ask for images to be pulled. */
  imageSocket: string;
  node(name: string): NodePaths;
}

export interface NodePaths {
  root: string;
  /** Of a containerd of the node's own, and where it listens. */
  engine: string;
  engineSocket: string;
  pid: string;
  log: string;
}

export function clusterPaths(home: string, name: string): ClusterPaths {
  checkName('cluster', name);
  const root = path.join(path.resolve(home), name);
  const run = path.join(root, 'run');
  const logs = path.join(root, 'logs');
  const nodes = path.join(root, 'nodes');
  return {
    home: path.resolve(home),
    name,
    root,
    clusterFile: path.join(root, 'cluster.json'),
    pki: path.join(root, 'pki'),
    data: path.join(root, 'data'),
    images: path.join(root, 'images'),
    pullRecords: path.join(root, 'pulls'),
    volumes: path.join(root, 'volumes'),
    nodes,
    logs,
    run,
    lock: path.join(path.resolve(home), `.${name}.lock`),
    serverPid: path.join(run, 'server.pid'),
    serverLog: path.join(logs, 'server.log'),
    kubeletConfig: path.join(root, 'kubelet.yaml'),
    auditPolicy: path.join(root, 'audit-policy.yaml'),
    auditLog: path.join(logs, 'audit.log'),
    registryConfigs: [
      path.join(root, 'certs.d'),
      path.join(path.resolve(home), 'certs.d'),
      '/etc/containerd/certs.d',
      '/etc/docker/certs.d',
    ],
    imageSocket: socketIn(run, clusterIdOf(home, name), 'images.sock'),
    node(node) {
      checkName('node', node);
      return {
        root: path.join(nodes, node),
        engine: path.join(nodes, node, 'containerd'),
        engineSocket: socketIn(run, clusterIdOf(home, name), `${node}.sock`),
        pid: path.join(run, `${node}.pid`),
        log: path.join(logs, `${node}.log`),
      };
    },
  };
}

/** The kernel takes at most 107 bytes for the path of a unix socket: a deeper home gets one in the folder for such. */
function socketIn(run: string, id: string, name: string): string {
  const file = path.join(run, name);
  return Buffer.byteLength(file) <= 100 ? file : path.join(socketFolder(), `mk${id}-${name}`);
}

/** Root's is one where nobody else can put a socket of his own in the way, and the same whatever TMPDIR says. */
export const socketFolder = (): string =>
  process.getuid?.() === 0 && process.platform === 'linux' ? '/run' : os.tmpdir();

/** Six digits that stand in every namespace, link, cgroup, table and label of the cluster. */
export function clusterIdOf(home: string, name: string): string {
  const digest = createHash('sha256')
    .update(`${path.resolve(home)}\0${name}`)
    .digest();
  return String(digest.readUInt32BE(0) % 1_000_000).padStart(6, '0');
}
