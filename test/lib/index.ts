export {
  type CommandCluster,
  eventually,
  Following,
  kubectlPath,
  prepareCluster,
  repository,
  type Result,
  run,
  whyNoContainers,
  whyNoKubectl,
} from './command-cluster.ts';
export { assertSame, comparable, wordsOf } from './compare.ts';
