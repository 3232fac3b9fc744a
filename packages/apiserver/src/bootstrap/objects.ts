/** What every cluster has from its first moment, as the objects to create where they are missing. */
import { bootstrapRoles } from '@mkube/api';
import type { KubernetesObject } from '@mkube/apimachinery';

interface Wanted {
  apiVersion: string;
  kind: string;
  metadata: { name: string; namespace?: string; labels?: Record<string, string> };
  data?: Record<string, string>;
  spec?: object;
  rules?: object[];
}

const NAMESPACES = ['default', 'kube-system', 'kube-public', 'kube-node-lease'];
const PRIORITY_CLASSES = [
  {
    name: 'system-cluster-critical',
    value: 2_000_000_000,
    description:
      'Used for system critical pods that must run in the cluster, but can be moved to another node if necessary.',
  },
  {
    name: 'system-node-critical',
    value: 2_000_001_000,
    description: 'Used for system critical pods that must not be moved from their current node.',
  },
];

const FLOW = 'flowcontrol.apiserver.k8s.io/v1';
const ALL_RESOURCES = [{ verbs: ['*'], apiGroups: ['*'], resources: ['*'], clusterScope: true, namespaces: ['*'] }];
const ALL_PATHS = [{ verbs: ['*'], nonResourceURLs: ['*'] }];
const subjects = (...groups: string[]) => groups.map((name) => ({ kind: 'Group', group: { name } }));

/** The two levels that Kubernetes demands: who is never limited, and everybody. */
const FLOW_CONTROL: Wanted[] = [
  {
    apiVersion: FLOW,
    kind: 'PriorityLevelConfiguration',
    metadata: { name: 'exempt' },
    spec: { type: 'Exempt', exempt: { nominalConcurrencyShares: 0, lendablePercent: 0 } },
  },
  {
    apiVersion: FLOW,
    kind: 'PriorityLevelConfiguration',
    metadata: { name: 'catch-all' },
    spec: {
      type: 'Limited',
      limited: { nominalConcurrencyShares: 5, lendablePercent: 0, limitResponse: { type: 'Reject' } },
    },
  },
  {
    apiVersion: FLOW,
    kind: 'FlowSchema',
    metadata: { name: 'exempt' },
    spec: {
      priorityLevelConfiguration: { name: 'exempt' },
      matchingPrecedence: 1,
      rules: [{ subjects: subjects('system:masters'), resourceRules: ALL_RESOURCES, nonResourceRules: ALL_PATHS }],
    },
  },
  {
    apiVersion: FLOW,
    kind: 'FlowSchema',
    metadata: { name: 'catch-all' },
    spec: {
      priorityLevelConfiguration: { name: 'catch-all' },
      matchingPrecedence: 10_000,
      distinguisherMethod: { type: 'ByUser' },
      rules: [
        {
          subjects: subjects('system:unauthenticated', 'system:authenticated'),
          resourceRules: ALL_RESOURCES,
          nonResourceRules: ALL_PATHS,
        },
      ],
    },
  },
];

/** What installing metrics-server brings along, since the server itself serves that API. */
const METRICS: Wanted[] = [
  {
    apiVersion: 'apiregistration.k8s.io/v1',
    kind: 'APIService',
    metadata: { name: 'v1beta1.metrics.k8s.io' },
    spec: { group: 'metrics.k8s.io', version: 'v1beta1', groupPriorityMinimum: 100, versionPriority: 100 },
  },
  {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRole',
    metadata: {
      name: 'system:aggregated-metrics-reader',
      labels: {
        'rbac.authorization.k8s.io/aggregate-to-admin': 'true',
        'rbac.authorization.k8s.io/aggregate-to-edit': 'true',
        'rbac.authorization.k8s.io/aggregate-to-view': 'true',
      },
    },
    rules: [{ apiGroups: ['metrics.k8s.io'], resources: ['pods', 'nodes'], verbs: ['get', 'list', 'watch'] }],
  },
];

export function bootstrapObjects(options: { serviceCidr: string; clientCa: string }): KubernetesObject[] {
  const roles = bootstrapRoles();
  const wanted: Wanted[] = [
    ...NAMESPACES.map((name) => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } })),
    // The controllers' work for every other namespace; here nobody has to wait for them before the first pod.
    ...NAMESPACES.map((namespace) => ({
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: { name: 'default', namespace },
    })),
    ...PRIORITY_CLASSES.map(({ name, ...rest }) => ({
      apiVersion: 'scheduling.k8s.io/v1',
      kind: 'PriorityClass',
      metadata: { name },
      ...rest,
    })),
    {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'extension-apiserver-authentication', namespace: 'kube-system' },
      data: { 'client-ca-file': options.clientCa },
    },
    {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'ServiceCIDR',
      metadata: { name: 'kubernetes' },
      spec: { cidrs: [options.serviceCidr] },
    },
    ...FLOW_CONTROL,
    ...METRICS,
    ...([...roles.clusterRoles, ...roles.clusterRoleBindings, ...roles.roles, ...roles.roleBindings] as Wanted[]),
  ];
  return wanted as unknown as KubernetesObject[];
}
