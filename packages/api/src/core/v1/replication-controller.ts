/** ReplicationController, v1: what the facts do not hold. */
import { defineResource } from '../../define.ts';
import { facts } from '../../generated/resources.ts';
import type { ReplicationController } from '../../generated/types/core-v1.ts';

export const replicationControllers = defineResource<ReplicationController>(facts.core.v1.ReplicationController, {
  storagePrefix: 'controllers',
});
