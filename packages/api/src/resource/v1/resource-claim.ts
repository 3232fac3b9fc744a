/** ResourceClaim, resource.k8s.io/v1: what the facts do not hold. */
import { type FieldError, invalid } from '@mkube/apimachinery';
import { age } from '../../cells.ts';
import { defineResource } from '../../define.ts';
import { facts } from '../../generated/resources.ts';
import type { ResourceClaim } from '../../generated/types/resource-v1.ts';
import { immutable, sameValue } from '../../validation/checks.ts';
import { validateDeviceClaim } from './devices.ts';

export const resourceClaims = defineResource<ResourceClaim>(facts.resource.v1.ResourceClaim, {
  inert: true,
  // who changes the spec hears that alone
  validate: ({ spec }, old) => (old ? [] : validateDeviceClaim(spec?.devices, 'spec.devices')),
  validateUpdate: (claim, old, { subresource }) =>
    subresource === 'status' ? validateStatusUpdate(claim, old) : immutable('spec', claim.spec, old.spec),
  cells: (claim, now) => [claim.metadata.name, stateOf(claim), age(claim, now)],
});

/** An allocation can be made and taken back, but not changed. */
function validateStatusUpdate({ status }: ResourceClaim, { status: old }: ResourceClaim): FieldError[] {
  const changed = old?.allocation && status?.allocation && !sameValue(status.allocation, old.allocation);
  return changed ? [invalid('status.allocation', status.allocation, 'field is immutable')] : [];
}

function stateOf({ metadata, status }: ResourceClaim): string {
  const states = [
    metadata.deletionTimestamp && 'deleted',
    status?.allocation ? 'allocated' : !metadata.deletionTimestamp && 'pending',
    (status?.reservedFor ?? []).length > 0 && 'reserved',
  ];
  return states.filter(Boolean).join(',');
}
