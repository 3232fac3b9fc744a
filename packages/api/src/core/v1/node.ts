/** Node, v1: what the facts do not hold. */
import { defineResource } from '../../define.ts';
import { facts } from '../../generated/resources.ts';
import type { Node } from '../../generated/types/core-v1.ts';

export const nodes = defineResource<Node>(facts.core.v1.Node, {
  acts: true,
  storagePrefix: 'minions',
});
