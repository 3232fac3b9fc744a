/** CustomResourceDefinitions: on delete they stay, Terminating, until all their objects are gone. */
import type { CustomResourceDefinition } from '@mkube/api';
import { CLEANUP, withTerminating } from '../crd/plan.ts';
import type { KindHooks } from './hooks.ts';

export const customResourceDefinitionHooks: KindHooks<CustomResourceDefinition> = {
  deletesPlainly: true,
  /** Before its deletion has begun it may not: there is always something to clean up first. */
  mayVanish: ({ metadata }) => metadata.deletionTimestamp !== undefined,
  beginDelete(crd, now) {
    const finalizers = crd.metadata.finalizers ?? [];
    const held = finalizers.includes(CLEANUP)
      ? crd
      : { ...crd, metadata: { ...crd.metadata, finalizers: [...finalizers, CLEANUP] } };
    return withTerminating(held, now);
  },
};
