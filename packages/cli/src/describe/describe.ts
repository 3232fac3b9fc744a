/** Which kinds have a description of their own; every other is described by its fields. */
import type { Describer } from './describer.ts';

/** By 'Kind' or 'Kind.group'; loaded when needed. */
export const describers: Readonly<Record<string, () => Promise<Describer>>> = {
  Pod: async () => (await import('./pod.ts')).describePod,
  Node: async () => (await import('./node.ts')).describeNode,
  Endpoints: async () => (await import('./endpoints-kinds.ts')).describeEndpoints,
  'EndpointSlice.discovery.k8s.io': async () => (await import('./endpoints-kinds.ts')).describeEndpointSlice,
  Service: async () => (await import('./service.ts')).describeService,
  ConfigMap: async () => (await import('./config-map.ts')).describeConfigMap,
  Secret: async () => (await import('./config-map.ts')).describeSecret,
  ServiceAccount: async () => (await import('./service-account.ts')).describeServiceAccount,
  Namespace: async () => (await import('./namespace.ts')).describeNamespace,
  ResourceQuota: async () => (await import('./quota.ts')).describeResourceQuota,
  LimitRange: async () => (await import('./quota.ts')).describeLimitRange,
  PersistentVolume: async () => (await import('./persistent-volume.ts')).describePersistentVolume,
  PersistentVolumeClaim: async () => (await import('./persistent-volume.ts')).describePersistentVolumeClaim,
  ReplicationController: async () => (await import('./replica-set.ts')).describeReplicaSet,
  'Deployment.apps': async () => (await import('./deployment.ts')).describeDeployment,
  'ReplicaSet.apps': async () => (await import('./replica-set.ts')).describeReplicaSet,
  'StatefulSet.apps': async () => (await import('./stateful-set.ts')).describeStatefulSet,
  'DaemonSet.apps': async () => (await import('./daemon-set.ts')).describeDaemonSet,
  'Job.batch': async () => (await import('./job.ts')).describeJob,
  'CronJob.batch': async () => (await import('./cron-job.ts')).describeCronJob,
  'Ingress.networking.k8s.io': async () => (await import('./ingress.ts')).describeIngress,
  'HorizontalPodAutoscaler.autoscaling': async () =>
    (await import('./horizontal-pod-autoscaler.ts')).describeHorizontalPodAutoscaler,
  'PodDisruptionBudget.policy': async () => (await import('./classes.ts')).describeDisruptionBudget,
  'StorageClass.storage.k8s.io': async () => (await import('./classes.ts')).describeStorageClass,
  'PriorityClass.scheduling.k8s.io': async () => (await import('./classes.ts')).describePriorityClass,
  'Role.rbac.authorization.k8s.io': async () => (await import('./rbac.ts')).describeRole,
  'ClusterRole.rbac.authorization.k8s.io': async () => (await import('./rbac.ts')).describeRole,
  'RoleBinding.rbac.authorization.k8s.io': async () => (await import('./rbac.ts')).describeRoleBinding,
  'ClusterRoleBinding.rbac.authorization.k8s.io': async () => (await import('./rbac.ts')).describeRoleBinding,
};

export const describeAny = async (): Promise<Describer> => (await import('./any.ts')).describeAny;
