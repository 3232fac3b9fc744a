/**
 * ResourceQuota: what a namespace's quotas leave is taken before an object is stored, by a compare-and-swap on the quota's
 * status, so that a hundred creations at once cannot pass together what one of them may. The controller puts right what
 * was taken for nothing.
 */
import { isDeepStrictEqual } from 'node:util';
import {
  type PersistentVolumeClaim,
  type Pod,
  type QuotaUsage,
  type ResourceQuota,
  type Service,
  claimUsage,
  countUsage,
  isInQuotaScopes,
  podUsage,
  scopesOfQuota,
  serviceUsage,
} from '@mkube/api';
import { addQuantity, compareQuantity, forbiddenResource, formatQuantity, subQuantity } from '@mkube/apimachinery';
import type { KubernetesObject } from '@mkube/apimachinery';
import type { ServerContext } from '../context.ts';
import type { Entry } from '../storage/entry.ts';
import type { AdmissionPlugin, Attributes } from './plugin.ts';

export const resourceQuota: AdmissionPlugin = {
  name: 'ResourceQuota',
  validate(attributes, server) {
    const { operation, namespace, subresource, definition } = attributes;
    if (!namespace || subresource || (operation !== 'CREATE' && operation !== 'UPDATE')) return;
    if (definition.resource === 'resourcequotas' && !definition.group) return;
    const { cache } = server.resources.need('resourcequotas');
    return cache.count(namespace) === 0 ? undefined : takeOfAll([...cache.list(namespace)], attributes, server);
  },
};

async function takeOfAll(quotas: readonly Entry[], attributes: Attributes, server: ServerContext): Promise<void> {
  const { definition, object, oldObject, operation } = attributes;
  const after = usageOf(definition, object, server.clock());
  const before = operation === 'CREATE' || !oldObject ? {} : usageOf(definition, oldObject, server.clock());
  const added = increase(before, after);
  for (const quota of quotas.map((entry) => entry.object as ResourceQuota)) {
    // All of it is new to a quota that the object has come into the scopes of.
    const wasIn = !oldObject || isInQuotaScopes(definition, oldObject, scopesOfQuota(quota));
    const delta = wasIn ? added : after;
    if (Object.keys(delta).length > 0) await take(quota, delta, attributes, server);
  }
}

/** Nothing where something is only given back. */
function increase(before: QuotaUsage, after: QuotaUsage): QuotaUsage {
  const delta: QuotaUsage = {};
  for (const [name, quantity] of Object.entries(after))
    if (compareQuantity(quantity, before[name] ?? '0') > 0)
      delta[name] = formatQuantity(subQuantity(quantity, before[name] ?? '0'));
  return delta;
}

function usageOf(definition: { group: string; resource: string }, object: KubernetesObject, now: Date): QuotaUsage {
  switch (`${definition.resource}.${definition.group}`) {
    case 'pods.':
      return podUsage(object as Pod, now);
    case 'services.':
      return serviceUsage(object as Service);
    case 'persistentvolumeclaims.':
      return claimUsage(object as PersistentVolumeClaim);
    default:
      return countUsage(definition, 1);
  }
}

async function take(
  quota: ResourceQuota,
  delta: QuotaUsage,
  attributes: Attributes,
  server: ServerContext,
): Promise<void> {
  if (!concerns(quota, delta, attributes)) return;
  const { definition, name, namespace, dryRun } = attributes;
  refuseUnsaid(quota, attributes);
  const storage = server.resources.need('resourcequotas');
  const key = { namespace, name: quota.metadata.name };
  await storage.update(
    key,
    ({ object }) => {
      const current = object as ResourceQuota;
      const wanted = Object.entries(delta).filter(([resource]) => Object.hasOwn(current.status?.hard ?? {}, resource));
      const { hard = {}, used = {} } = current.status ?? {};
      const unknown = wanted.filter(([resource]) => hard[resource] === undefined || used[resource] === undefined);
      if (unknown.length > 0)
        throw forbiddenResource(
          definition,
          name,
          `status unknown for quota: ${key.name}, resources: ${namesOf(unknown)}`,
        );
      const next = { ...used };
      for (const [resource, quantity] of wanted) next[resource] = formatQuantity(addQuantity(used[resource], quantity));
      const over = wanted.filter(([resource]) => compareQuantity(next[resource], hard[resource]) > 0);
      if (over.length > 0) throw forbiddenResource(definition, name, exceeded(key.name, over, { used, hard }));
      return isDeepStrictEqual(next, used)
        ? object
        : ({ ...current, status: { hard, used: next } } as KubernetesObject);
    },
    { dryRun },
  );
}

function concerns(quota: ResourceQuota, delta: QuotaUsage, { definition, object }: Attributes): boolean {
  // What the controller has not counted yet is not limited yet.
  const hard = quota.status?.hard ?? {};
  const isPod = definition.resource === 'pods' && definition.group === '';
  if (!isInQuotaScopes(definition, object, scopesOfQuota(quota))) return false;
  return Object.keys(delta).some((name) => Object.hasOwn(hard, name)) || isPod;
}

const COMPUTE = /^(requests\.|limits\.)?(cpu|memory)$/;

/** Where cpu or memory is limited, every container must say what it wants of it. */
function refuseUnsaid(quota: ResourceQuota, { definition, object, name, operation }: Attributes): void {
  if (definition.resource !== 'pods' || definition.group || operation !== 'CREATE') return;
  const { containers, initContainers = [], resources } = (object as Pod).spec;
  const unsaid: string[] = [];
  for (const limited of Object.keys(quota.status?.hard ?? {}).filter((key) => COMPUTE.test(key))) {
    const field = limited.startsWith('limits.') ? 'limits' : 'requests';
    const resource = limited.replace(/^(requests|limits)\./, '');
    if (resources?.[field]?.[resource] !== undefined) continue;
    const silent = [...containers, ...initContainers].filter((c) => c.resources?.[field]?.[resource] === undefined);
    if (silent.length > 0) unsaid.push(`${limited} for: ${silent.map((c) => c.name).join(',')}`);
  }
  if (unsaid.length > 0)
    throw forbiddenResource(
      definition,
      name,
      `failed quota: ${quota.metadata.name}: must specify ${unsaid.toSorted().join('; ')}`,
    );
}

const namesOf = (list: readonly (readonly [string, string])[]): string =>
  list
    .map(([resource]) => resource)
    .toSorted()
    .join(',');

function exceeded(
  quota: string,
  over: readonly (readonly [string, string])[],
  { used, hard }: { used: QuotaUsage; hard: QuotaUsage },
): string {
  const names = over.map(([resource]) => resource).toSorted();
  const show = (of: QuotaUsage): string => names.map((resource) => `${resource}=${of[resource] ?? '0'}`).join(',');
  return `exceeded quota: ${quota}, requested: ${show(Object.fromEntries(over))}, used: ${show(used)}, limited: ${show(hard)}`;
}
