/** ServiceCIDR, networking.k8s.io/v1: what the facts do not hold. */
import { type FieldError, invalid, required } from '@mkube/apimachinery';
import { age } from '../../cells.ts';
import { defineResource } from '../../define.ts';
import { facts } from '../../generated/resources.ts';
import type { ServiceCIDR } from '../../generated/types/networking-v1.ts';
import { each, immutable } from '../../validation/checks.ts';
import { cidr } from '../../validation/ip.ts';

export const serviceCidrs = defineResource<ServiceCIDR>(facts.networking.v1.ServiceCIDR, {
  validate: ({ spec }) => validateCidrs(spec?.cidrs ?? []),
  validateUpdate: ({ spec }, { spec: old }, { subresource }) =>
    subresource === 'status' ? [] : immutable('spec.cidrs', spec?.cidrs, old?.cidrs),
  cells: (object, now) => [object.metadata.name, (object.spec?.cidrs ?? []).join(','), age(object, now)],
});

function validateCidrs(cidrs: readonly string[]): FieldError[] {
  const at = 'spec.cidrs';
  if (cidrs.length === 0) return [required(at, 'at least one CIDR required')];
  if (cidrs.length > 2) return [invalid(at, cidrs, 'may only hold up to 2 values')];
  const faults = each(cidrs, at, (value, place) => cidr(place, value));
  const six = cidrs.filter((c) => c.includes(':')).length;
  if (faults.length === 0 && cidrs.length === 2 && six !== 1)
    faults.push(
      invalid(at, cidrs, 'may specify no more than one IP for each IP family, i.e 192.168.0.0/24 and 2001:db8::/96'),
    );
  return faults;
}
