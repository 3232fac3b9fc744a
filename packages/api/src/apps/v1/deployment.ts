/** Deployment, apps/v1: what the facts do not hold. */
import { defineResource } from '../../define.ts';
import { facts } from '../../generated/resources.ts';
import type { Deployment } from '../../generated/types/apps-v1.ts';

export const deployments = defineResource<Deployment>(facts.apps.v1.Deployment, {
  acts: true,
});
