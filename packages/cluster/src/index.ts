export * from './life/index.ts';
export { type ControlPlane, type ControlPlaneOptions, startControlPlane } from './processes/control-plane.ts';
export { runServer, type ServerConfig } from './processes/run-server.ts';
export { type KubeletConfig, runKubelet } from './processes/run-kubelet.ts';
export { createCluster, type CreateClusterOptions, type EmbeddedCluster } from './embedded/create-cluster.ts';
export type { SimulatedNode } from './embedded/simulated-node.ts';
