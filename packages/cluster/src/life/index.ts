/** The life of a cluster, as the CLI calls it. It spawns the server and the kubelets and imports neither. */
export { ClusterError } from '../state/cluster-error.ts';
export { clusterPaths, type ClusterPaths } from '../state/paths.ts';
export { type Caller, callerOf, mkubeHomeOf } from '../state/caller.ts';
export type { ClusterNode, ClusterState } from '../state/cluster-state.ts';
export type { Progress, ProgressEvent } from './progress.ts';
export type { ClusterRef } from './context.ts';
export { up, type UpOptions, type UpResult } from './up.ts';
export { down, reset } from './down.ts';
export { type ClusterStatus, listClusters, type NodeStatus, type PartStatus, status } from './status.ts';
export { nodeAdd, type NodeRef, nodeRemove, nodeStart, nodeStop } from './node.ts';
export { imageList, imageLoad } from './image.ts';
export { imageBuild, type ImageBuildOptions } from './image-build.ts';
export { kubeletForeground, serveForeground } from './foreground.ts';
export { DEMO_IMAGE } from '@mkube/api/demo-image';
export { DEMO_PORT } from '../image/demo-image-plan.ts';
