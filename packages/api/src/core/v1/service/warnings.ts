/** What a service may say without effect, or in a form that has a better one. */
import type { Service } from '../../../generated/types/core-v1.ts';
import { addressWarnings, cidrWarnings } from '../../../validation/ip-warnings.ts';

const HINTS = 'service.kubernetes.io/topology-aware-hints';
const MODE = 'service.kubernetes.io/topology-mode';

export function serviceWarnings({ metadata, spec }: Service): string[] {
  if (!spec) return [];
  const { clusterIP, clusterIPs = [], externalIPs = [], loadBalancerIP, loadBalancerSourceRanges = [] } = spec;
  const headless = spec.type === 'ClusterIP' && clusterIP === 'None';
  const external = spec.type === 'ExternalName';
  const when = (is: boolean, text: string) => (is ? [text] : []);
  const hinted = metadata.annotations?.[HINTS] !== undefined;
  return [
    ...when(hinted, `annotation ${HINTS} is deprecated, please use ${MODE} instead`),
    ...(clusterIP === 'None' ? [] : clusterIPs.flatMap((ip, i) => addressWarnings(`spec.clusterIPs[${i}]`, ip))),
    ...when(headless && !!loadBalancerIP, 'spec.loadBalancerIP is ignored for headless services'),
    ...when(headless && externalIPs.length > 0, 'spec.externalIPs is ignored for headless services'),
    ...when(headless && spec.sessionAffinity !== 'None', 'spec.SessionAffinity is ignored for headless services'),
    ...externalIPs.flatMap((ip, i) => addressWarnings(`spec.externalIPs[${i}]`, ip)),
    ...(loadBalancerIP ? addressWarnings('spec.loadBalancerIP', loadBalancerIP) : []),
    ...loadBalancerSourceRanges.flatMap((range, i) => cidrWarnings(`spec.loadBalancerSourceRanges[${i}]`, range)),
    ...when(external && externalIPs.length > 0, 'spec.externalIPs is ignored when spec.type is "ExternalName"'),
    ...when(!external && !!spec.externalName, 'spec.externalName is ignored when spec.type is not "ExternalName"'),
    ...when(
      spec.trafficDistribution === 'PreferClose',
      'spec.trafficDistribution: "PreferClose" is deprecated; use "PreferSameZone"',
    ),
  ];
}
