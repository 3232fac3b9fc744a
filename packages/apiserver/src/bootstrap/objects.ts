/** What every cluster has from its first moment, as the objects to create where they are missing. */
import { bootstrapRoles } from '@mkube/api';
import { localApiServices } from './api-services.ts';
import { type KubernetesObject, formatTime } from '@mkube/apimachinery';
import { flowControlObjects } from '../flow-control/objects.ts';

interface Wanted {
  apiVersion: string;
  kind: string;
  metadata: { name: string; namespace?: string; labels?: Record<string, string>; finalizers?: string[] };
  data?: Record<string, string>;
  spec?: object;
  status?: object;
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

/** What installing metrics-server brings along, since the server itself serves that API. */
const METRICS_READER: Wanted = {
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
};

/** The default range is ready as soon as it is there: addresses are given by this server. */
const readyOf = (now: Date) => ({
  type: 'Ready',
  status: 'True',
  lastTransitionTime: formatTime(now),
  reason: '',
  message: 'Kubernetes Service CIDR is ready',
});

export function bootstrapObjects(options: { serviceCidr: string; clientCa: string; now: Date }): KubernetesObject[] {
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
      metadata: { name: 'kubernetes', finalizers: ['networking.k8s.io/service-cidr-finalizer'] },
      spec: { cidrs: [options.serviceCidr] },
      status: { conditions: [readyOf(options.now)] },
    },
    ...(flowControlObjects(options.now) as Wanted[]),
    METRICS_READER,
    ...localApiServices(),
    ...([...roles.clusterRoles, ...roles.clusterRoleBindings, ...roles.roles, ...roles.roleBindings] as Wanted[]),
  ];
  return wanted as unknown as KubernetesObject[];
}
