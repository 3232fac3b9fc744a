/** PriorityLevelConfiguration, flowcontrol.apiserver.k8s.io/v1: what the facts do not hold. */
import { defineResource } from '../../define.ts';
import { facts } from '../../generated/resources.ts';
import type { PriorityLevelConfiguration } from '../../generated/types/flowcontrol-v1.ts';

export const priorityLevelConfigurations = defineResource<PriorityLevelConfiguration>(
  facts.flowcontrol.v1.PriorityLevelConfiguration,
);
