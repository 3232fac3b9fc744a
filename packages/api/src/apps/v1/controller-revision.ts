/** ControllerRevision, apps/v1: what the facts do not hold. */
import { defineResource } from '../../define.ts';
import { facts } from '../../generated/resources.ts';
import type { ControllerRevision } from '../../generated/types/apps-v1.ts';

export const controllerRevisions = defineResource<ControllerRevision>(facts.apps.v1.ControllerRevision);
