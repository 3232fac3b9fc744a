/**
 * Where a pod's files are: everything of one pod is below <rootDir>/pods/<uid>, as in Kubernetes' own kubelet, and goes with it.
 * Names that come from the API are checked here before they become part of a path: none can leave its folder.
 *
 *   seccomp/                                           profiles of the node's own: localhostProfile names one
 *   pods/<uid>/etc-hosts  resolv.conf
 *   pods/<uid>/logs/<container>/<attempt>.log
 *   pods/<uid>/containers/<container>/<attempt>        the termination message
 *   pods/<uid>/volume-subpaths/<container>/<n>         mounted there: what its n-th mount has of a volume
 *   pods/<uid>/volumes/kubernetes.io~<plugin>/<volume>
 *   memory/<uid>/kubernetes.io~<plugin>/<volume>       the same for what must not be on a disk: one tmpfs for all of them
 */
import path from 'node:path';

const UID = /^[A-Za-z0-9][A-Za-z0-9.-]{0,252}$/;
const NAME = /^[A-Za-z0-9][-A-Za-z0-9_.]{0,252}$/;

export interface Paths {
  pods: string;
  /** Profiles of seccomp that the node brings. */
  seccomp: string;
  pod(uid: string): string;
  etcHosts(uid: string): string;
  resolvConf(uid: string): string;
  logs(uid: string): string;
  /** The folder of a container's logs, by the path of one of them. */
  logsOf(logPath: string): string;
  /** Below logs. */
  containerLog(container: string, attempt: number): string;
  terminationMessage(uid: string, container: string, attempt: number): string;
  subPaths(uid: string): string;
  subPath(uid: string, container: string, index: number): string;
  volumes(uid: string): string;
  volume(uid: string, plugin: string, volume: string): string;
  memory: string;
  memoryVolumes(uid: string): string;
  memoryVolume(uid: string, plugin: string, volume: string): string;
}

export function pathsOf(rootDir: string): Paths {
  const pods = path.join(rootDir, 'pods');
  const memory = path.join(rootDir, 'memory');
  const pod = (uid: string): string => path.join(pods, checked(uid, UID));
  const volumes = (uid: string): string => path.join(pod(uid), 'volumes');
  const subPaths = (uid: string): string => path.join(pod(uid), 'volume-subpaths');
  const memoryVolumes = (uid: string): string => path.join(memory, checked(uid, UID));
  return {
    pods,
    seccomp: path.join(rootDir, 'seccomp'),
    pod,
    etcHosts: (uid) => path.join(pod(uid), 'etc-hosts'),
    resolvConf: (uid) => path.join(pod(uid), 'resolv.conf'),
    logs: (uid) => path.join(pod(uid), 'logs'),
    logsOf: (logPath) => path.dirname(logPath),
    containerLog: (container, attempt) => path.join(checked(container, NAME), `${attempt}.log`),
    terminationMessage: (uid, container, attempt) =>
      path.join(pod(uid), 'containers', checked(container, NAME), String(attempt)),
    subPaths,
    subPath: (uid, container, index) => path.join(subPaths(uid), checked(container, NAME), String(index)),
    volumes,
    volume: (uid, plugin, volume) => path.join(volumes(uid), ...volumeNames(plugin, volume)),
    memory,
    memoryVolumes,
    memoryVolume: (uid, plugin, volume) => path.join(memoryVolumes(uid), ...volumeNames(plugin, volume)),
  };
}

const volumeNames = (plugin: string, volume: string): string[] => [
  `kubernetes.io~${checked(plugin, NAME)}`,
  checked(volume, NAME),
];

function checked(part: string, rule: RegExp): string {
  if (!rule.test(part) || part === '.' || part === '..')
    throw new Error(`not a name for a file: ${JSON.stringify(part)}`);
  return part;
}

/** A relative path from the API (a key's path, a subPath) inside `folder`; throws where it would leave it. */
export function below(folder: string, relative: string): string {
  const parts = relative.split('/');
  if (path.isAbsolute(relative) || relative.includes('\0') || parts.includes('..')) {
    throw new Error(`path ${JSON.stringify(relative)} must be relative and must not contain '..'`);
  }
  return path.join(folder, relative);
}
