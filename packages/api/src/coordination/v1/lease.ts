/** Lease, coordination.k8s.io/v1: what the facts do not hold. */
import { type FieldError, invalid } from '@mkube/apimachinery';
import { age } from '../../cells.ts';
import { defineResource } from '../../define.ts';
import { facts } from '../../generated/resources.ts';
import type { Lease, LeaseSpec } from '../../generated/types/coordination-v1.ts';
import { nonNegative, positive } from '../../validation/checks.ts';

export const leases = defineResource<Lease>(facts.coordination.v1.Lease, {
  finalizerNames: 'qualified',
  validate: ({ spec }) => validateSpec(spec),
  cells: (lease, now) => [lease.metadata.name, lease.spec?.holderIdentity ?? '', age(lease, now)],
});

function validateSpec(spec: LeaseSpec | undefined): FieldError[] {
  const faults = [
    ...positive('spec.leaseDurationSeconds', spec?.leaseDurationSeconds),
    ...nonNegative('spec.leaseTransitions', spec?.leaseTransitions),
  ];
  if (spec?.preferredHolder && !spec.strategy)
    faults.push(
      invalid('spec.preferredHolder', spec.preferredHolder, 'may only be specified if `strategy` is defined'),
    );
  return faults;
}
