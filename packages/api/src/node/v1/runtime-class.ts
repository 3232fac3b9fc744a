/** RuntimeClass, node.k8s.io/v1: what the facts do not hold. */
import { defineResource } from '../../define.ts';
import { facts } from '../../generated/resources.ts';
import type { RuntimeClass } from '../../generated/types/node-v1.ts';

export const runtimeClasses = defineResource<RuntimeClass>(facts.node.v1.RuntimeClass);
