export * from './clock.ts';
export * from './transport.ts';
export type { HttpsOptions } from './https-options.ts';
export { httpsTransport } from './https-transport.ts';
export { nodeHttpsTransport } from './node-https-transport.ts';
export { type InProcessHandle, type InProcessUser, inProcessTransport } from './in-process-transport.ts';
export * from './client.ts';
export { type ClientOptions, createClient, refOf, warningsOf } from './create-client.ts';
export { type BuiltInTypes, builtInResources } from './generated/resources.ts';
export { collectionPath, groupPath, objectPath, withQuery } from './paths.ts';
export { errorOfResponse, parseBody, readAll } from './response.ts';
export { linesOf } from './watch-stream.ts';
export type { Log } from './log.ts';
export { type Backoff, createBackoff } from './backoff.ts';
export { type Indexer, type Lister, keyOfName } from './informer/cache.ts';
export { Kept } from './informer/held.ts';
export { type Informer, type InformerHandler, type InformerOptions, createInformer } from './informer/informer.ts';
export type { InformerScope } from './informer/scope.ts';
export { type FactoryOptions, type InformerFactory, createInformerFactory } from './informer/factory.ts';
export { WorkQueue, type WorkQueueOptions } from './workqueue/work-queue.ts';
export { type RateLimiter, type TokenBucket, createRateLimiter, createTokenBucket } from './workqueue/rate-limiter.ts';
export {
  type Controller,
  type Requeue,
  type RunControllerOptions,
  TerminalError,
  runController,
} from './controller/controller.ts';
export { type Keys, type Watch, ownerKey, watch, watchChanges } from './controller/watch.ts';
export { type EventRecorder, type EventRecorderOptions, createEventRecorder } from './events/recorder.ts';
export { type LeaderElectionOptions, runLeaderElection } from './leader-election/leader-election.ts';
export * from './kubeconfig/kubeconfig.ts';
export { type KubeconfigLocation, kubeconfigFiles, loadKubeconfig } from './kubeconfig/load.ts';
export { type Connection, type ResolveOptions, resolveKubeconfig } from './kubeconfig/resolve.ts';
export {
  type KubeconfigEntry,
  type WriteOptions,
  removeKubeconfigEntry,
  setKubeconfigNamespace,
  useKubeconfigContext,
  writeKubeconfigEntry,
} from './kubeconfig/write.ts';
export { type Discovered, type DiscoveredResource, discoverResources } from './discovery.ts';
