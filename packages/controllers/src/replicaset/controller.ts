/** Keeps as many pods of a ReplicaSet's template as it asks for. */
import type { ReplicaSet } from '@mkube/api';
import { selectorOf } from '@mkube/apimachinery';
import type { Controller } from '@mkube/client';
import type { ControllerContext } from '../context.ts';
import { replicasController } from './replicas-controller.ts';

export const replicaSetController = (context: ControllerContext): Controller =>
  replicasController(context, {
    name: 'replicaset',
    kind: 'ReplicaSet',
    resource: 'replicaSets',
    viewOf: (rs: ReplicaSet) => rs,
    selectorOf: ({ spec }) => selectorOf(spec.selector),
    withStatus: (rs, status) => ({ ...rs, status }),
  });
