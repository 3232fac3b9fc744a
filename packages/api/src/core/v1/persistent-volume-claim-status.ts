/** What is told of a claim's volume: capacity, and how far growing it has come. */
import { type FieldError, checkQualifiedName, compareQuantity, notSupported } from '@mkube/apimachinery';
import type { PersistentVolumeClaimStatus } from '../../generated/types/core-v1.ts';
import { format } from '../../validation/checks.ts';

const RESIZE = [
  'ControllerResizeInProgress',
  'ControllerResizeInfeasible',
  'NodeResizePending',
  'NodeResizeInProgress',
  'NodeResizeInfeasible',
].toSorted();

export function validateClaimStatus(status: PersistentVolumeClaimStatus | undefined): FieldError[] {
  const { capacity = {}, allocatedResources = {}, allocatedResourceStatuses = {} } = status ?? {};
  const statuses = 'status.allocatedResourceStatuses';
  return [
    ...Object.entries(capacity).flatMap(([name, amount]) => notNegative(amount, `status.capacity[${name}]`)),
    ...Object.entries(allocatedResourceStatuses).flatMap(([name, value]) => [
      ...resourceOfClaim(name, statuses),
      ...(RESIZE.includes(value) ? [] : [notSupported(statuses, name, RESIZE)]),
    ]),
    ...Object.entries(allocatedResources).flatMap(([name, amount]) => {
      const faults = resourceOfClaim(name, 'status.allocatedResources');
      return faults.length > 0 ? faults : notNegative(amount, `status.allocatedResources[${name}]`);
    }),
  ];
}

/** The message shows the amount without quotes. */
const notNegative = (amount: string, field: string): FieldError[] =>
  compareQuantity(amount, 0) < 0
    ? [
        {
          type: 'FieldValueInvalid',
          field,
          message: `Invalid value: ${amount}: must be a valid resource quantity`,
        },
      ]
    : [];

/** Storage, or a resource of a driver's own. */
function resourceOfClaim(name: string, field: string): FieldError[] {
  const faults = format(field, name, checkQualifiedName);
  if (faults.length > 0 || name === 'storage') return faults;
  const isCustom = name.includes('/') && !name.includes('kubernetes.io/');
  return isCustom ? [] : [notSupported(field, name, ['storage'])];
}
