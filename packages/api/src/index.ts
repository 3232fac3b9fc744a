export type * from './generated/types/index.ts';
export type { ResourceFacts, SubresourceFacts } from './resource-facts.ts';
export { aggregatedRegistry, registry } from './registry.ts';
export { type ApiGroup, definitionOfKind, findDefinition, groups } from './groups.ts';
export {
  currentVersionOf,
  messageFacts,
  messageNameOf,
  typeFacts,
  typeNameOf,
  typePackages,
  typesOfPackage,
} from './facts.ts';
export { schemaOf } from './schema.ts';
export { type KindCode, columnOf, defineResource } from './define.ts';
export { tableColumns } from './generated/columns.ts';
export { type BootstrapRoles, bootstrapRoles } from './bootstrap-roles.ts';
export {
  isPodActive,
  isPodAvailable,
  isPodReady,
  isPodTerminal,
  isPodTerminating,
  podCondition,
  podReadySince,
  withPodCondition,
} from './core/v1/pod/status.ts';
export { type HostPort, hostPortsOf, portsClash } from './core/v1/pod/host-ports.ts';
export { restartsAfter } from './core/v1/pod/restart.ts';
export { validateAnnotations } from './validation/metadata.ts';
export { isExtendedResource } from './validation/resources.ts';
export { type QosClass, qosClassOf } from './core/v1/pod/qos.ts';
export {
  type Quantities,
  containersTotal,
  isPodLevelResource,
  isSidecar,
  podLimits,
  podRequests,
} from './core/v1/pod/resources.ts';
export { podFromTemplate } from './core/v1/pod/from-template.ts';
export { isSameTaint, tolerates, toleratesTaint, untoleratedTaint, withTaint, withoutTaint } from './core/v1/taints.ts';
export {
  matchesNodeAffinity,
  matchesNodeSelector,
  matchesNodeSelectorTerm,
  nodeAffinityScore,
} from './core/v1/node-affinity.ts';
export { isNodeReady, nodeAddress, nodeCondition, nodeRoles } from './core/v1/node-status.ts';
export { hasClusterIP, isHeadless, targetPortOf } from './core/v1/service/ports.ts';
export { resolveFenceposts, scaleIntOrPercent } from './int-or-percent.ts';
export { defaultImagePullPolicy } from './defaults/pods.ts';
export { podStatusText } from './core/v1/pod/cells.ts';
export { defaultPodResources } from './core/v1/pod/resources.ts';
export { isJobFinished } from './batch/v1/job.ts';
export { scheduleFault } from './batch/v1/cron-schedule.ts';
export { HIGHEST_USER_PRIORITY, SYSTEM_PRIORITIES } from './scheduling/v1/priority-class.ts';
export { isDefaultClass } from './storage/v1/storage-class.ts';
export { defaultsOf } from './defaults/defaults.ts';
export { type Describe, loadDescriptions } from './descriptions.ts';
export { type QuotaScope, attributesClassesOf, isInQuotaScopes, scopesOfQuota } from './core/v1/quota-scopes.ts';
export {
  type QuotaUsage,
  addQuotaUsage,
  claimUsage,
  countUsage,
  podUsage,
  serviceUsage,
} from './core/v1/quota-usage.ts';
