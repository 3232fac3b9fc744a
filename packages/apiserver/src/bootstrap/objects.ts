/** What every cluster has from its first moment, as the objects to create where they are missing. */
import { bootstrapRoles } from '@mkube/api';
import type { KubernetesObject } from '@mkube/apimachinery';

interface Wanted {
  apiVersion: string;
  kind: string;
  metadata: { name: string; namespace?: string };
  data?: Record<string, string>;
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

export function bootstrapObjects(options: { serviceCidr: string; clientCa: string }): KubernetesObject[] {
  const roles = bootstrapRoles();
  const wanted: Wanted[] = [
    ...NAMESPACES.map((name) => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } })),
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
    ...([...roles.clusterRoles, ...roles.clusterRoleBindings, ...roles.roles, ...roles.roleBindings] as Wanted[]),
  ];
  return wanted as unknown as KubernetesObject[];
}
