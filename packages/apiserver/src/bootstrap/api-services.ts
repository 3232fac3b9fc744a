/** An APIService for every group-version that the server itself serves, as `kubectl get apiservices` lists them. Pure. */
import { aggregatedRegistry, registry } from '@mkube/api';

/** Kubernetes' own: which group goes first where names are ambiguous, and which version within it. */
const GROUP_PRIORITIES: Readonly<Record<string, number>> = {
  '': 18000,
  apps: 17800,
  'events.k8s.io': 17750,
  'authentication.k8s.io': 17700,
  'authorization.k8s.io': 17600,
  autoscaling: 17500,
  batch: 17400,
  'certificates.k8s.io': 17300,
  'networking.k8s.io': 17200,
  policy: 17100,
  'rbac.authorization.k8s.io': 17000,
  'storage.k8s.io': 16800,
  'admissionregistration.k8s.io': 16700,
  'apiextensions.k8s.io': 16700,
  'scheduling.k8s.io': 16600,
  'coordination.k8s.io': 16500,
  'node.k8s.io': 16300,
  'discovery.k8s.io': 16200,
  'flowcontrol.apiserver.k8s.io': 16100,
  'resource.k8s.io': 16000,
  'metrics.k8s.io': 100,
};
const VERSION_PRIORITIES: Readonly<Record<string, number>> = {
  'v1.': 1,
  'v2.autoscaling': 30,
  'v1beta1.metrics.k8s.io': 100,
};
const USUAL_VERSION_PRIORITY = 15;

export interface LocalApiService {
  apiVersion: 'apiregistration.k8s.io/v1';
  kind: 'APIService';
  metadata: { name: string; labels: Record<string, string> };
  spec: { group?: string; version: string; groupPriorityMinimum: number; versionPriority: number };
}

/** The group of APIServices themselves has none, as upstream. */
export function localApiServices(): LocalApiService[] {
  const served = [...registry, ...aggregatedRegistry].filter(({ group }) => Object.hasOwn(GROUP_PRIORITIES, group));
  const names = new Map(served.map(({ group, version }) => [`${version}.${group}`, { group, version }]));
  return [...names].map(([name, { group, version }]) => ({
    apiVersion: 'apiregistration.k8s.io/v1',
    kind: 'APIService',
    metadata: { name, labels: { 'kube-aggregator.kubernetes.io/automanaged': 'onstart' } },
    spec: {
      ...(group && { group }),
      version,
      groupPriorityMinimum: GROUP_PRIORITIES[group] ?? 1000,
      versionPriority: VERSION_PRIORITIES[name] ?? USUAL_VERSION_PRIORITY,
    },
  }));
}
