/** DaemonSet, apps/v1: what the facts do not hold. */
import { defineResource } from '../../define.ts';
import { facts } from '../../generated/resources.ts';
import type { DaemonSet } from '../../generated/types/apps-v1.ts';

export const daemonSets = defineResource<DaemonSet>(facts.apps.v1.DaemonSet);
