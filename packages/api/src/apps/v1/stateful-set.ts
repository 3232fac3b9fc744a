/** StatefulSet, apps/v1: what the facts do not hold. */
import { defineResource } from '../../define.ts';
import { facts } from '../../generated/resources.ts';
import type { StatefulSet } from '../../generated/types/apps-v1.ts';

export const statefulSets = defineResource<StatefulSet>(facts.apps.v1.StatefulSet);
