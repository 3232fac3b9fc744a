/** ServiceCIDR, networking.k8s.io/v1: what the facts do not hold. */
import { type FieldError, invalid, required } from '@mkube/apimachinery';
import { age } from '../../cells.ts';
import { defineResource } from '../../define.ts';
import { facts } from '../../generated/resources.ts';
import type { ServiceCIDR } from '../../generated/types/networking-v1.ts';
import { each, immutable } from '../../validation/checks.ts';
import { cidr } from '../../validation/ip.ts';

export const serviceCidrs = defineResource<ServiceCIDR>(facts.networking.v1.ServiceCIDR, {
  validate: ({ spec }, old) => (old ? [] : validateCidrs(spec?.cidrs ?? [])),
  validateUpdate: ({ spec }, { spec: old }) => validateChange(spec?.cidrs ?? [], old?.cidrs ?? []),
  validateStatus: () => [],
  cells: (object, now) => [object.metadata.name, (object.spec?.cidrs ?? []).join(','), age(object, now)],
});

function validateCidrs(cidrs: readonly string[]): FieldError[] {
  const at = 'spec.cidrs';
  if (cidrs.length === 0) return [required(at, 'at least one CIDR required')];
  if (cidrs.length > 2) return [invalid('spec.cidrs', { CIDRs: cidrs }, 'may only hold up to 2 values')];
  const faults = each(cidrs, at, (value, place) => cidr(place, value));
  const six = cidrs.filter((c) => c.includes(':')).length;
  if (faults.length === 0 && cidrs.length === 2 && six !== 1)
    faults.push(
      invalid(at, cidrs, 'may specify no more than one IP for each IP family, i.e 192.168.0.0/24 and 2001:db8::/64'),
    );
  return faults;
}

/** What is given stays; a second family may join the first. */
function validateChange(cidrs: readonly string[], old: readonly string[]): FieldError[] {
  const kept = () => old.flatMap((range, i) => immutable(`spec.cidrs[${i}]`, cidrs[i], range));
  if (cidrs.length === old.length) return kept();
  if (old.length === 1 && cidrs.length === 2) return [...kept(), ...validateCidrs(cidrs)];
  return immutable('spec.cidrs', cidrs.length > 0 ? cidrs : null, old);
}
