/** CustomResourceDefinition, apiextensions.k8s.io/v1: what the facts do not hold. */
import { defineResource } from '../../define.ts';
import { facts } from '../../generated/resources.ts';
import type { CustomResourceDefinition } from '../../generated/types/apiextensions-v1.ts';

export const customResourceDefinitions = defineResource<CustomResourceDefinition>(
  facts.apiextensions.v1.CustomResourceDefinition,
  {
    storagePrefix: 'apiextensions.k8s.io/customresourcedefinitions',
  },
);
