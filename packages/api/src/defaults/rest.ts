/** Defaults of all other types: policies and webhooks, storage, RBAC, quotas, nodes, flow control, devices. */
import type { LimitRangeItem, Namespace, NodeStatus, PersistentVolumeSpec } from '../generated/types/core-v1.ts';
import type { CustomResourceDefinitionSpec } from '../generated/types/apiextensions-v1.ts';
import type { ExactDeviceRequest } from '../generated/types/resource-v1.ts';
import type { Subject } from '../generated/types/rbac-v1.ts';
import { type Rules, rule, setAbsent, setMissing, setZero, withAbsent, withMissing } from './rule.ts';

const CORE = 'io.k8s.api.core.v1.';
const ADMISSION = 'io.k8s.api.admissionregistration.v1.';
const FLOW = 'io.k8s.api.flowcontrol.v1.';
const RBAC = 'io.k8s.api.rbac.v1.';
const RESOURCE = 'io.k8s.api.resource.v1.';
const STORAGE = 'io.k8s.api.storage.v1.';
const CRD = 'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.';

const namespace = rule<Namespace>((object) => {
  const name = object.metadata?.name;
  if (!name || object.metadata?.labels?.['kubernetes.io/metadata.name'] === name) return object;
  return {
    ...object,
    metadata: { ...object.metadata, labels: { ...object.metadata?.labels, 'kubernetes.io/metadata.name': name } },
  };
});

const nodeStatus = rule<NodeStatus>((status) =>
  status.capacity && !(status.allocatable && Object.keys(status.allocatable).length > 0)
    ? { ...status, allocatable: { ...status.capacity } }
    : status,
);

const persistentVolumeSpec = rule<PersistentVolumeSpec>((spec) =>
  withAbsent(withMissing(spec, { persistentVolumeReclaimPolicy: 'Retain' }), { volumeMode: 'Filesystem' }),
);

const limitRangeItem = rule<LimitRangeItem>((item) => {
  if (item.type !== 'Container') return item;
  const limits = { ...item.max, ...item.default };
  return { ...item, default: limits, defaultRequest: { ...item.min, ...limits, ...item.defaultRequest } };
});

const subject = rule<Subject>((s) =>
  s.kind === 'User' || s.kind === 'Group' ? withMissing(s, { apiGroup: 'rbac.authorization.k8s.io' }) : s,
);

const webhook = {
  failurePolicy: 'Fail',
  matchPolicy: 'Equivalent',
  namespaceSelector: {},
  objectSelector: {},
  timeoutSeconds: 10,
};

const deviceRequest = rule<ExactDeviceRequest>((request) => {
  const allocationMode = request.allocationMode ?? 'ExactCount';
  return withMissing({ ...request, allocationMode }, allocationMode === 'ExactCount' ? { count: 1 } : {});
});

const crdSpec = rule<CustomResourceDefinitionSpec>((spec) => {
  const kind = spec.names?.kind ?? '';
  const names = withMissing({ ...spec.names }, { listKind: kind && `${kind}List`, singular: kind.toLowerCase() });
  return withMissing({ ...spec, names }, { conversion: { strategy: 'None' } });
});

export const otherDefaults: Rules = {
  [`${CORE}Namespace`]: namespace,
  [`${CORE}PodLogOptions`]: setMissing({ stream: 'All' }),
  [`${CORE}NamespaceStatus`]: setMissing({ phase: 'Active' }),
  [`${CORE}NodeStatus`]: nodeStatus,
  [`${CORE}Secret`]: setMissing({ type: 'Opaque' }),
  [`${CORE}LimitRangeItem`]: limitRangeItem,
  [`${CORE}PersistentVolumeSpec`]: persistentVolumeSpec,
  [`${CORE}PersistentVolumeStatus`]: setMissing({ phase: 'Pending' }),
  [`${CORE}PersistentVolumeClaimSpec`]: setAbsent({ volumeMode: 'Filesystem' }),
  [`${CORE}PersistentVolumeClaimStatus`]: setMissing({ phase: 'Pending' }),
  [`${ADMISSION}MatchResources`]: setMissing({ matchPolicy: 'Equivalent', namespaceSelector: {}, objectSelector: {} }),
  [`${ADMISSION}MutatingWebhook`]: setMissing({ ...webhook, reinvocationPolicy: 'Never' }),
  [`${ADMISSION}ValidatingWebhook`]: setMissing(webhook),
  [`${ADMISSION}NamedRuleWithOperations`]: setMissing({ scope: '*' }),
  [`${ADMISSION}RuleWithOperations`]: setMissing({ scope: '*' }),
  [`${ADMISSION}ServiceReference`]: setMissing({ port: 443 }),
  [`${ADMISSION}ValidatingAdmissionPolicySpec`]: setMissing({ failurePolicy: 'Fail' }),
  'io.k8s.api.authentication.v1.TokenRequestSpec': setMissing({ expirationSeconds: 3600 }),
  [`${FLOW}ExemptPriorityLevelConfiguration`]: setMissing({ nominalConcurrencyShares: 0, lendablePercent: 0 }),
  [`${FLOW}FlowSchemaSpec`]: setZero({ matchingPrecedence: 1000 }),
  [`${FLOW}LimitedPriorityLevelConfiguration`]: setMissing({ nominalConcurrencyShares: 30, lendablePercent: 0 }),
  [`${FLOW}QueuingConfiguration`]: setZero({ queues: 64, handSize: 8, queueLengthLimit: 50 }),
  [`${RBAC}RoleRef`]: setMissing({ apiGroup: 'rbac.authorization.k8s.io' }),
  [`${RBAC}Subject`]: subject,
  [`${RESOURCE}ExactDeviceRequest`]: deviceRequest,
  [`${RESOURCE}DeviceSubRequest`]: deviceRequest,
  'io.k8s.api.scheduling.v1.PriorityClass': setAbsent({ preemptionPolicy: 'PreemptLowerPriority' }),
  [`${STORAGE}StorageClass`]: setAbsent({ reclaimPolicy: 'Delete', volumeBindingMode: 'Immediate' }),
  [`${STORAGE}CSIDriverSpec`]: setAbsent({
    attachRequired: true,
    fsGroupPolicy: 'ReadWriteOnceWithFSType',
    podInfoOnMount: false,
    requiresRepublish: false,
    storageCapacity: false,
    volumeLifecycleModes: ['Persistent'],
    seLinuxMount: false,
  }),
  [`${CRD}CustomResourceDefinitionSpec`]: crdSpec,
  [`${CRD}ServiceReference`]: setMissing({ port: 443 }),
  'io.k8s.kube-aggregator.pkg.apis.apiregistration.v1.ServiceReference': setMissing({ port: 443 }),
};
