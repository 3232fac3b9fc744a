/** Lease, coordination.k8s.io/v1: what the facts do not hold. */
import { defineResource } from '../../define.ts';
import { facts } from '../../generated/resources.ts';
import type { Lease } from '../../generated/types/coordination-v1.ts';

export const leases = defineResource<Lease>(facts.coordination.v1.Lease, {
  acts: true,
});
