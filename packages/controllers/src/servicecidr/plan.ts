/**
 * What a ServiceCIDR is to be told: that Services may have addresses of it, or, while it is being deleted, that some still have and no
 * other range holds them. Pure.
 */
import type { ServiceCIDR } from '@mkube/api';
import { isDeleting } from '@mkube/apimachinery';
import { contains } from './ranges.ts';

export interface ServiceCidrFacts {
  serviceCidr: ServiceCIDR;
  all: readonly ServiceCIDR[];
  /** Names of IPAddresses; of no account while nothing is deleted. */
  addresses: readonly string[];
  now: Date;
}

export type ServiceCidrPlan =
  | { action: 'serve'; condition: Wanted }
  | { action: 'wait'; condition?: Wanted; ms: number }
  | { action: 'let go' };

interface Wanted {
  type: 'Ready';
  status: 'True' | 'False';
  reason: string;
  message: string;
}

/** Until every server has seen that it is going, and gives no more addresses of it. */
const GRACE_MS = 10_000;
const LOOK_AGAIN_MS = 10_000;

export function planServiceCidr({ serviceCidr, all, addresses, now }: ServiceCidrFacts): ServiceCidrPlan {
  const { deletionTimestamp } = serviceCidr.metadata;
  if (!deletionTimestamp) {
    const message = 'Kubernetes Service CIDR is ready';
    return { action: 'serve', condition: { type: 'Ready', status: 'True', reason: '', message } };
  }
  const own = contains([serviceCidr]);
  const held = contains(all.filter((other) => other !== serviceCidr && !isDeleting(other)));
  if (addresses.some((ip) => own(ip) && !held(ip))) {
    const message =
      'There are still IPAddresses referencing the ServiceCIDR, please remove them or create a new ServiceCIDR';
    return {
      action: 'wait',
      condition: { type: 'Ready', status: 'False', reason: 'Terminating', message },
      ms: LOOK_AGAIN_MS,
    };
  }
  const left = Date.parse(deletionTimestamp) + GRACE_MS - now.getTime();
  return left > 0 ? { action: 'wait', ms: left } : { action: 'let go' };
}
