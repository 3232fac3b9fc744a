/** FlowSchema, flowcontrol.apiserver.k8s.io/v1: what the facts do not hold. */
import { defineResource } from '../../define.ts';
import { facts } from '../../generated/resources.ts';
import type { FlowSchema } from '../../generated/types/flowcontrol-v1.ts';

export const flowSchemas = defineResource<FlowSchema>(facts.flowcontrol.v1.FlowSchema);
