/** ServiceAccount, v1: what the facts do not hold. */
import { age } from '../../cells.ts';
import { defineResource } from '../../define.ts';
import { facts } from '../../generated/resources.ts';
import type { ServiceAccount } from '../../generated/types/core-v1.ts';

export const serviceAccounts = defineResource<ServiceAccount>(facts.core.v1.ServiceAccount, {
  cells: (account, now) => [account.metadata.name, age(account, now)],
});
