export { ClusterError } from './state/cluster-error.ts';
export { clusterPaths, type ClusterPaths } from './state/paths.ts';
export { callerOf, mkubeHomeOf, type Caller } from './state/caller.ts';
