/** The list of controllers. Those that share caches with everybody (the garbage collector) come last. */
import { certificateController } from './certificates/controller.ts';
import { clusterRoleAggregationController } from './clusterroleaggregation/controller.ts';
import type { ControllerEntry } from './context.ts';
import { cronJobController } from './cronjob/controller.ts';
import { daemonSetController } from './daemonset/controller.ts';
import { deploymentController } from './deployment/controller.ts';
import { disruptionController } from './disruption/controller.ts';
import { endpointsController } from './endpoints/controller.ts';
import { endpointSliceController } from './endpointslice/controller.ts';
import { endpointSliceMirroringController } from './endpointslicemirroring/controller.ts';
import { ephemeralVolumeController } from './ephemeralvolume/controller.ts';
import { garbageCollector } from './garbagecollector/controller.ts';
import { horizontalPodAutoscalerController } from './horizontalpodautoscaler/controller.ts';
import { jobController } from './job/controller.ts';
import { kubernetesController } from './kubernetes/controller.ts';
import { namespaceController } from './namespace/controller.ts';
import { nodeLifecycleController } from './nodelifecycle/controller.ts';
import { persistentVolumeBinder } from './persistentvolume/binder.ts';
import { claimProtection, volumeProtection } from './persistentvolume/protection.ts';
import { standardClassController } from './persistentvolume/standard-class.ts';
import { podGcController } from './podgc/controller.ts';
import { replicaSetController } from './replicaset/controller.ts';
import { replicationControllerController } from './replicationcontroller/controller.ts';
import { resourceQuotaController } from './resourcequota/controller.ts';
import { rootCaController } from './rootca/controller.ts';
import { serviceAccountController } from './serviceaccount/controller.ts';
import { statefulSetController } from './statefulset/controller.ts';
import { taintEvictionController } from './tainteviction/controller.ts';
import { serviceCidrController } from './servicecidr/controller.ts';
import { ttlAfterFinishedController } from './ttlafterfinished/controller.ts';

/** The API server's own: it may write what no controller of users' objects may. */
const apiServer = { username: 'system:apiserver', groups: ['system:masters', 'system:authenticated'] };

export const all: readonly ControllerEntry[] = [
  { name: 'serviceaccount', identity: 'service-account-controller', create: serviceAccountController },
  { name: 'root-ca-certificate-publisher', identity: 'root-ca-cert-publisher', create: rootCaController },
  { name: 'kubernetes', identity: apiServer, workers: 1, create: kubernetesController },
  { name: 'replicaset', identity: 'replicaset-controller', workers: 8, create: replicaSetController },
  { name: 'deployment', identity: 'deployment-controller', workers: 8, create: deploymentController },
  {
    name: 'clusterrole-aggregation',
    identity: 'clusterrole-aggregation-controller',
    create: clusterRoleAggregationController,
  },
  { name: 'standard-storage-class', identity: apiServer, workers: 1, create: standardClassController },
  { name: 'daemonset', identity: 'daemon-set-controller', create: daemonSetController },
  { name: 'statefulset', identity: 'statefulset-controller', create: statefulSetController },
  { name: 'job', identity: 'job-controller', create: jobController },
  { name: 'cronjob', identity: 'cronjob-controller', create: cronJobController },
  { name: 'service-cidr', identity: 'service-cidrs-controller', workers: 1, create: serviceCidrController },
  { name: 'ttl-after-finished', identity: 'ttl-after-finished-controller', create: ttlAfterFinishedController },
  {
    name: 'replicationcontroller',
    identity: 'replication-controller',
    component: 'replication-controller',
    create: replicationControllerController,
  },
  { name: 'endpoints', identity: 'endpoint-controller', component: 'endpoint-controller', create: endpointsController },
  {
    name: 'endpointslice',
    identity: 'endpointslice-controller',
    component: 'endpoint-slice-controller',
    create: endpointSliceController,
  },
  {
    name: 'endpointslice-mirroring',
    identity: 'endpointslicemirroring-controller',
    create: endpointSliceMirroringController,
  },
  {
    name: 'horizontal-pod-autoscaler',
    identity: 'horizontal-pod-autoscaler',
    component: 'horizontal-pod-autoscaler',
    create: horizontalPodAutoscalerController,
  },
  { name: 'certificatesigningrequest', identity: 'certificate-controller', create: certificateController },
  {
    name: 'disruption',
    identity: 'disruption-controller',
    component: 'controllermanager',
    create: disruptionController,
  },
  { name: 'resourcequota', identity: 'resourcequota-controller', create: resourceQuotaController },
  // One worker: two claims at once might take one volume.
  {
    name: 'persistentvolume-binder',
    identity: 'persistent-volume-binder',
    component: 'persistentvolume-controller',
    workers: 1,
    create: persistentVolumeBinder,
  },
  { name: 'persistentvolumeclaim-protection', identity: 'pvc-protection-controller', create: claimProtection },
  { name: 'persistentvolume-protection', identity: 'pv-protection-controller', create: volumeProtection },
  { name: 'ephemeral-volume', identity: 'ephemeral-volume-controller', create: ephemeralVolumeController },
  {
    name: 'node-lifecycle',
    identity: 'node-controller',
    component: 'node-controller',
    create: nodeLifecycleController,
  },
  {
    name: 'taint-eviction',
    identity: 'node-controller',
    component: 'taint-eviction-controller',
    workers: 8,
    create: taintEvictionController,
  },
  { name: 'pod-garbage-collector', identity: 'pod-garbage-collector', workers: 1, create: podGcController },
  { name: 'namespace', identity: 'namespace-controller', create: namespaceController },
  { name: 'garbage-collector', identity: 'generic-garbage-collector', create: garbageCollector },
];
