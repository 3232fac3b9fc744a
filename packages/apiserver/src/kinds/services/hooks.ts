/** Services: addresses and ports of their own, from before they are stored until after they are gone. */
import type { Service } from '@mkube/api';
import { proxy, proxyUpgrade } from '../../proxy/proxy.ts';
import type { KindHooks } from '../hooks.ts';
import { allocateService, freeService } from './allocation.ts';

export const serviceHooks: KindHooks<Service> = {
  subresources: { proxy },
  connect: { proxy: proxyUpgrade },
  allocate: allocateService,
  afterDelete: freeService,
};
