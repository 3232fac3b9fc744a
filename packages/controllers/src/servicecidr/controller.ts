/** Lets Services have addresses of every ServiceCIDR, and keeps one that is deleted until none of its addresses needs it. */
import type { ServiceCIDR } from '@mkube/api';
import { formatTime, hasFinalizer, isDeleting, withCondition, withoutFinalizer } from '@mkube/apimachinery';
import { type Controller, watch } from '@mkube/client';
import type { ControllerContext } from '../context.ts';
import { ignoreNotFound } from '../owned/claim.ts';
import { planServiceCidr } from './plan.ts';

const PROTECTION = 'networking.k8s.io/service-cidr-finalizer';

export function serviceCidrController(context: ControllerContext): Controller {
  const { client, clock } = context;
  const serviceCidrs = context.informer('serviceCIDRs');
  return {
    name: 'service-cidr',
    watches: [watch(serviceCidrs)],
    async reconcile(key, signal) {
      const serviceCidr = serviceCidrs.lister.get(key);
      if (!serviceCidr) return undefined;
      // asked for when it matters alone, which is seldom: there may be very many
      const held = isDeleting(serviceCidr) ? (await client.ipAddresses.list({ signal })).items : [];
      const plan = planServiceCidr({
        serviceCidr,
        all: serviceCidrs.lister.list(),
        addresses: held.map(({ metadata }) => metadata.name),
        now: clock.now(),
      });
      if (plan.action === 'let go') {
        await client.serviceCIDRs.update(withoutFinalizer(serviceCidr, PROTECTION), { signal }).catch(ignoreNotFound);
        return undefined;
      }
      const kept = plan.action === 'serve' ? await keep(serviceCidr, signal) : serviceCidr;
      if (plan.condition) {
        const conditions = kept.status?.conditions ?? [];
        const next = withCondition(conditions, { ...plan.condition, lastTransitionTime: formatTime(clock.now()) });
        if (next !== conditions)
          await client.serviceCIDRs.updateStatus({ ...kept, status: { conditions: [...next] } }, { signal });
      }
      return plan.action === 'wait' ? { requeueAfter: plan.ms } : undefined;
    },
  };

  async function keep(serviceCidr: ServiceCIDR, signal: AbortSignal): Promise<ServiceCIDR> {
    if (hasFinalizer(serviceCidr, PROTECTION)) return serviceCidr;
    const { metadata } = serviceCidr;
    const finalizers = [...(metadata.finalizers ?? []), PROTECTION];
    return client.serviceCIDRs.update({ ...serviceCidr, metadata: { ...metadata, finalizers } }, { signal });
  }
}
