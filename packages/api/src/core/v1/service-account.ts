/** ServiceAccount, v1: what the facts do not hold. */
import { age } from '../../cells.ts';
import { defineResource } from '../../define.ts';
import { facts } from '../../generated/resources.ts';
import type { ServiceAccount } from '../../generated/types/core-v1.ts';

export const serviceAccounts = defineResource<ServiceAccount>(facts.core.v1.ServiceAccount, {
  prepareForCreate: withNamesOfSecrets,
  prepareForUpdate: withNamesOfSecrets,
  cells: (account, now) => [account.metadata.name, age(account, now)],
});

/** Its secrets are of its own namespace, and known by name alone. */
function withNamesOfSecrets(account: ServiceAccount): ServiceAccount {
  const { secrets } = account;
  if (!secrets?.some((secret) => Object.keys(secret).some((key) => key !== 'name'))) return account;
  return { ...account, secrets: secrets.map(({ name }) => ({ ...(name && { name }) })) };
}
