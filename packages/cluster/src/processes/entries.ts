/** The scripts that run detached, and the command lines that start them: from dist/ in a checkout, from the bundle elsewhere. */
import { fileURLToPath } from 'node:url';
import { namespacePath, nodeNamespace } from '../network/names.ts';
import type { ClusterNode, ClusterState } from '../state/cluster-state.ts';
import type { ClusterPaths } from '../state/paths.ts';

export function serverCommand(paths: ClusterPaths): string[] {
  return [process.execPath, scriptOf('server'), paths.home, paths.name];
}

/**
 * Room for new objects, in MiB: a burst of pods makes V8 take eight times as much, and keep it for a while; the same work, done in
 * this, leaves a kubelet a quarter smaller and costs no more time.
 */
const KUBELET_YOUNG_MIB = 2;

/** nsenter, not `ip netns exec`: that would give the kubelet private mounts, which its successor could not see. */
export function kubeletCommand(paths: ClusterPaths, state: ClusterState, node: ClusterNode): string[] {
  const enter =
    state.network.mode === 'namespaces'
      ? ['nsenter', `--net=${namespacePath(nodeNamespace(state.id, node.index))}`, '--']
      : [];
  const young = `--max-semi-space-size=${KUBELET_YOUNG_MIB}`;
  return [...enter, process.execPath, young, scriptOf('kubelet'), paths.home, paths.name, node.name];
}

/** For a container in Docker's network that sees the machine's files. */
export const servicesCommand = (paths: ClusterPaths): string[] => [
  process.execPath,
  scriptOf('services'),
  paths.home,
  paths.name,
];

/** What runs a plain process and outlives the kubelet; only a bundle has to name it, elsewhere the driver knows its own. */
export function supervisorCommand(): string[] | undefined {
  return isBundled() ? [process.execPath, beside('./supervisor.cjs')] : undefined;
}

/** The demo image's twin for the process driver. */
export function helloCommand(): string[] {
  return [process.execPath, beside(isBundled() ? './hello.cjs' : '../image/hello-main.js')];
}

/** Pulls images for the nodes; started by the server when first asked. */
export const pullerScript = () => scriptOf('puller');

function scriptOf(role: 'server' | 'kubelet' | 'puller' | 'services'): string {
  return beside(isBundled() ? `./${role}.cjs` : `./${role}-main.js`);
}

const isBundled = () => import.meta.url.endsWith('.cjs');
const beside = (file: string) => fileURLToPath(new URL(file, import.meta.url));
