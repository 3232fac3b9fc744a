/** CustomResourceDefinition, apiextensions.k8s.io/v1: what the facts do not hold. */
import type { CustomResourceDefinition } from '../../generated/types/apiextensions-v1.ts';
import { defineResource } from '../../define.ts';
import { facts } from '../../generated/resources.ts';
import { validateCrd, validateCrdUpdate } from './meaning.ts';

export const customResourceDefinitions = defineResource<CustomResourceDefinition>(
  facts.apiextensions.v1.CustomResourceDefinition,
  {
    finalizerNames: 'qualified',
    storagePrefix: 'apiextensions.k8s.io/customresourcedefinitions',
    prepareForCreate: (crd) => ({
      ...crd,
      status: {
        acceptedNames: { plural: '', kind: '' },
        storedVersions: (crd.spec?.versions ?? [])
          .filter((v) => v.storage)
          .slice(0, 1)
          .map((v) => v.name),
      },
    }),
    prepareForUpdate: (crd, old, { subresource }) =>
      subresource === 'status' ? crd : { ...crd, status: withStoredVersion(crd, old) },
    validate: validateCrd,
    validateUpdate: validateCrdUpdate,
    validateStatus: () => [],
  },
);

/** Every version that objects were ever stored in is remembered, until an administrator says that none are left. */
function withStoredVersion({ spec }: CustomResourceDefinition, { status }: CustomResourceDefinition): typeof status {
  const stored = spec?.versions.find((v) => v.storage)?.name;
  const known = status?.storedVersions ?? [];
  return stored === undefined || known.includes(stored) ? status : { ...status, storedVersions: [...known, stored] };
}
