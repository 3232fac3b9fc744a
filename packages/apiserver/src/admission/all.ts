/** The list of admission plugins, in the order in which they are asked. */
import { certificateRequests } from './certificate-requests.ts';
import { customResources } from './custom-resources.ts';
import { defaultTolerationSeconds } from './default-toleration-seconds.ts';
import { limitRanger } from './limit-ranger.ts';
import { namespaceLifecycle } from './namespace-lifecycle.ts';
import { nodeRestriction } from './node-restriction.ts';
import type { AdmissionPlugin } from './plugin.ts';
import { priority } from './priority.ts';
import { rbacEscalation } from './rbac-escalation.ts';
import { resourceQuota } from './resource-quota.ts';
import { runtimeClass } from './runtime-class.ts';
import { serviceAccount } from './service-account.ts';
import { defaultIngressClass, defaultStorageClass, storageObjectInUseProtection } from './storage-defaults.ts';
import { taintNodesByCondition } from './taint-nodes-by-condition.ts';

export const admissionPlugins: readonly AdmissionPlugin[] = [
  namespaceLifecycle,
  limitRanger,
  serviceAccount,
  nodeRestriction,
  taintNodesByCondition,
  priority,
  defaultTolerationSeconds,
  defaultStorageClass,
  storageObjectInUseProtection,
  runtimeClass,
  certificateRequests,
  rbacEscalation,
  customResources,
  defaultIngressClass,
  resourceQuota,
];
