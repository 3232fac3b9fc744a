/** Whether an address, of either family, is in one of some ranges. */
import { BlockList, isIPv6 } from 'node:net';
import type { ServiceCIDR } from '@mkube/api';

export function contains(ranges: readonly ServiceCIDR[]): (ip: string) => boolean {
  const list = new BlockList();
  for (const cidr of ranges.flatMap(({ spec }) => spec?.cidrs ?? [])) {
    const [base = '', bits = ''] = cidr.split('/');
    list.addSubnet(base, Number(bits), familyOf(base));
  }
  return (ip) => list.check(ip, familyOf(ip));
}

const familyOf = (ip: string): 'ipv4' | 'ipv6' => (isIPv6(ip) ? 'ipv6' : 'ipv4');
