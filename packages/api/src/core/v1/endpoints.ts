/** Endpoints, v1: what the facts do not hold. */
import { defineResource } from '../../define.ts';
import { facts } from '../../generated/resources.ts';
import type { Endpoints } from '../../generated/types/core-v1.ts';

export const endpoints = defineResource<Endpoints>(facts.core.v1.Endpoints, {
  acts: true,
  storagePrefix: 'services/endpoints',
});
