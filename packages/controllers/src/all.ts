/** The list of controllers. Those that share caches with everybody (the garbage collector) come last. */
import type { ControllerEntry } from './context.ts';
import { deploymentController } from './deployment/controller.ts';
import { replicaSetController } from './replicaset/controller.ts';

export const all: readonly ControllerEntry[] = [
  { name: 'replicaset', identity: 'replicaset-controller', workers: 8, create: replicaSetController },
  { name: 'deployment', identity: 'deployment-controller', workers: 8, create: deploymentController },
];
