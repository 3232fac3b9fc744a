/**
 * The IP families of a service, as a cluster of one family answers them: IPv4, and nothing that needs a second one. A
 * headless service without a selector may have what its endpoints have. Pure.
 */
import { type FieldError, invalid } from '@mkube/apimachinery';
import type { Service, ServiceSpec } from '@mkube/api';
import { isIPv6 } from 'node:net';

type Families = Required<Pick<ServiceSpec, 'ipFamilies' | 'ipFamilyPolicy'>>;

/** Headless, with endpoints that somebody else writes. */
const isOpen = ({ clusterIP, clusterIPs, selector }: ServiceSpec): boolean =>
  (clusterIP ?? clusterIPs?.[0]) === 'None' && Object.keys(selector ?? {}).length === 0;

export function familiesOf({ spec }: Service): Families {
  const open = isOpen(spec);
  const ipFamilyPolicy = spec.ipFamilyPolicy ?? (open ? 'RequireDualStack' : 'SingleStack');
  const ipFamilies = spec.ipFamilies?.length ? spec.ipFamilies : ['IPv4' as const];
  const [first] = ipFamilies;
  if (!open || ipFamilyPolicy === 'SingleStack' || ipFamilies.length > 1) return { ipFamilies, ipFamilyPolicy };
  return { ipFamilies: [...ipFamilies, first === 'IPv4' ? 'IPv6' : 'IPv4'], ipFamilyPolicy };
}

/** What the service asks for that this cluster has not. */
export function missingFamilies({ spec }: Service): FieldError[] {
  if (isOpen(spec)) return [];
  const { ipFamilies = [], ipFamilyPolicy, clusterIPs = [] } = spec;
  const none = 'not configured on this cluster';
  return [
    ...clusterIPs.flatMap((ip, i) =>
      i >= ipFamilies.length && isIPv6(ip) ? [invalid(`spec.clusterIPs[${i}]`, clusterIPs, `IPv6 is ${none}`)] : [],
    ),
    ...(ipFamilyPolicy === 'RequireDualStack'
      ? [invalid('spec.ipFamilyPolicy', ipFamilyPolicy, 'this cluster is not configured for dual-stack services')]
      : []),
    ...ipFamilies.flatMap((family, i) => (family === 'IPv4' ? [] : [invalid(`spec.ipFamilies[${i}]`, family, none)])),
  ];
}
