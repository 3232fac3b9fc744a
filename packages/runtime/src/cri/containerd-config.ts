/**
 * What a containerd of our own is told: config.toml, and the CNI network of its pods. Everything that it makes lies below its own
 * folder, so that it can be taken away whole; what CNI keeps elsewhere carries the network's name.
 */
import { existsSync } from 'node:fs';
import path from 'node:path';

export interface CniNetwork {
  /** Names what CNI keeps in /var/lib/cni/results. */
  name: string;
  podCidr: string;
  mtu?: number;
}

export const PAUSE_IMAGE = 'mkube.local/pause:1';
const CNI_PLACES = ['/opt/cni/bin', '/usr/lib/cni', '/usr/libexec/cni'];
const PLUGINS = ['ptp', 'host-local', 'portmap', 'loopback'];

/** The folder that has all plugins that we need; undefined where none has. */
export const findCniPlugins = (): string | undefined =>
  CNI_PLACES.find((place) => PLUGINS.every((plugin) => existsSync(path.join(place, plugin))));

/** Names of files are quoted as JSON, which TOML reads as well. */
export function formatContainerdConfig({
  folder,
  cni,
  socketPath,
}: {
  folder: string;
  cni: string;
  socketPath: string;
}): string {
  const text = (value: string): string => JSON.stringify(value);
  const plugins = findCniPlugins() ?? CNI_PLACES[0] ?? '';
  return `version = 2
root = ${text(path.join(folder, 'root'))}
state = ${text(path.join(folder, 'state'))}
[grpc]
  address = ${text(socketPath)}
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = ${text(PAUSE_IMAGE)}
  restrict_oom_score_adj = true
  netns_mounts_under_state_dir = true
  stream_server_address = "127.0.0.1"
  stream_server_port = "0"
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = ${text(plugins)}
    conf_dir = ${text(cni)}
  [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
    runtime_type = "io.containerd.runc.v2"
    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
      BinaryName = "runc"
      Root = ${text(path.join(folder, 'state', 'runc'))}
[plugins."io.containerd.internal.v1.opt"]
  path = ${text(path.join(folder, 'opt'))}
`;
}

/**
 * A cable from each pod to its node, an address alone at each end: all that pods send passes the node, neighbours included, and
 * comes from the pod's own address. So Services' translations are seen both ways, and no bridge stands between.
 */
export function formatCniConfig({ name, podCidr, mtu }: CniNetwork, addresses: string): string {
  const routes = [{ dst: '0.0.0.0/0' }];
  const ipam = { type: 'host-local', ranges: [[{ subnet: podCidr }]], routes, dataDir: addresses };
  const cable = { type: 'ptp', ipMasq: false, ...(mtu !== undefined && { mtu }), ipam };
  const ports = { type: 'portmap', capabilities: { portMappings: true }, snat: true };
  return JSON.stringify({ cniVersion: '0.4.0', name, plugins: [cable, ports] }, null, 2);
}
