export {
  type CommandCluster,
  eventually,
  kubectlPath,
  prepareCluster,
  repository,
  type Result,
} from './command-cluster.ts';
