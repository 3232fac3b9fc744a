/** Keeps as many pods of a ReplicationController's template as it asks for, exactly as ReplicaSets are kept. */
import type { ReplicaSet, ReplicationController } from '@mkube/api';
import { nothing, selectorOfMap } from '@mkube/apimachinery';
import type { Controller } from '@mkube/client';
import type { ControllerContext } from '../context.ts';
import { replicasController } from '../replicaset/replicas-controller.ts';

export const replicationControllerController = (context: ControllerContext): Controller =>
  replicasController(context, {
    name: 'replicationcontroller',
    kind: 'ReplicationController',
    resource: 'replicationControllers',
    viewOf: (rc: ReplicationController) => rc as unknown as ReplicaSet,
    selectorOf: ({ spec }) => (Object.keys(spec.selector ?? {}).length > 0 ? selectorOfMap(spec.selector) : nothing()),
    withStatus: (rc, { terminatingReplicas: _, ...status }) => ({ ...rc, status }),
  });
