/** Services: addresses and ports of their own, from before they are stored until after they are gone. */
import type { Service } from '@mkube/api';
import type { KindHooks } from '../hooks.ts';
import { allocateService, freeService } from './allocation.ts';

export const serviceHooks: KindHooks<Service> = {
  returnsDeleted: true,
  allocate: allocateService,
  afterDelete: freeService,
};
