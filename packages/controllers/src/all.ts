/** The list of controllers. Those that share caches with everybody (the garbage collector) come last. */
import type { ControllerEntry } from './context.ts';
import { deploymentController } from './deployment/controller.ts';
import { endpointsController } from './endpoints/controller.ts';
import { endpointSliceController } from './endpointslice/controller.ts';
import { garbageCollector } from './garbagecollector/controller.ts';
import { kubernetesController } from './kubernetes/controller.ts';
import { namespaceController } from './namespace/controller.ts';
import { nodeLifecycleController } from './nodelifecycle/controller.ts';
import { podGcController } from './podgc/controller.ts';
import { replicaSetController } from './replicaset/controller.ts';
import { rootCaController } from './rootca/controller.ts';
import { serviceAccountController } from './serviceaccount/controller.ts';
import { taintEvictionController } from './tainteviction/controller.ts';

/** The API server's own: it may write what no controller of users' objects may. */
const apiServer = { username: 'system:apiserver', groups: ['system:masters', 'system:authenticated'] };

export const all: readonly ControllerEntry[] = [
  { name: 'serviceaccount', identity: 'service-account-controller', create: serviceAccountController },
  { name: 'root-ca-certificate-publisher', identity: 'root-ca-cert-publisher', create: rootCaController },
  { name: 'kubernetes', identity: apiServer, workers: 1, create: kubernetesController },
  { name: 'replicaset', identity: 'replicaset-controller', workers: 8, create: replicaSetController },
  { name: 'deployment', identity: 'deployment-controller', workers: 8, create: deploymentController },
  { name: 'endpoints', identity: 'endpoint-controller', component: 'endpoint-controller', create: endpointsController },
  {
    name: 'endpointslice',
    identity: 'endpointslice-controller',
    component: 'endpoint-slice-controller',
    create: endpointSliceController,
  },
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
