/** Keeps status.used of ResourceQuotas: what is really there, by which creations are then admitted. */
import { isDeepStrictEqual } from 'node:util';
import {
  type Pod,
  type PersistentVolumeClaim,
  type QuotaScope,
  type QuotaUsage,
  type ResourceQuota,
  addQuotaUsage,
  attributesClassesOf,
  claimUsage,
  countUsage,
  isInQuotaScopes,
  podUsage,
  scopesOfQuota,
  serviceUsage,
} from '@mkube/api';
import { compareQuantity, isDeleting, keyOf } from '@mkube/apimachinery';
import { type Controller, type DiscoveredResource, type Held, discoverResources, watchChanges } from '@mkube/client';
import type { ControllerContext } from '../context.ts';
import { watchReleases } from './releases.ts';

/** What no event tells of: counts of other kinds, pods whose grace is over. */
const RESYNC_MS = 30_000;

export function resourceQuotaController(context: ControllerContext): Controller {
  const { client, reader, clock } = context;
  const quotas = context.informer('resourceQuotas');
  const pods = context.informer('pods');
  const services = context.informer('services');
  const claims = context.informer('persistentVolumeClaims');
  const usages = new PodUsages();
  const keysIn = ({ metadata }: { metadata: { namespace: string } }) =>
    quotas.lister.list(metadata.namespace).map((quota) => keyOf(quota));
  return {
    name: 'resourcequota',
    watches: [
      // What is taken of a quota changes its status: nothing to count anew.
      watchChanges(quotas, (quota, old) => (old && isDeepStrictEqual(quota.spec, old.spec) ? [] : keyOf(quota))),
      watchReleases(pods, { keysOf: keysIn, usageOf: (pod) => podCounts(pod, clock.now()) }),
      watchReleases(services, { keysOf: keysIn, usageOf: serviceUsage }),
      watchReleases(claims, { keysOf: keysIn, usageOf: claimCounts }),
    ],
    async reconcile(key, signal) {
      const quota = quotas.lister.get(key);
      if (!quota) return undefined;
      const hard = quota.spec.hard ?? {};
      const all = await usageOf(quota, signal);
      const used = Object.fromEntries(Object.keys(hard).map((name) => [name, all[name] ?? '0']));
      const status = { hard, used };
      if (!isSame(status, quota.status)) await client.resourceQuotas.updateStatus({ ...quota, status }, { signal });
      return { requeueAfter: RESYNC_MS };
    },
  };

  async function usageOf(quota: ResourceQuota, signal: AbortSignal): Promise<QuotaUsage> {
    const { namespace } = quota.metadata;
    const scopes = scopesOfQuota(quota);
    let usage: QuotaUsage = {};
    for (const pod of pods.lister.held(namespace)) {
      const used = usages.of(pod, scopes, clock.now());
      if (used) usage = addQuotaUsage(usage, used);
    }
    for (const claim of claims.lister.list(namespace))
      if (isInQuotaScopes(CLAIMS, claim, scopes)) usage = addQuotaUsage(usage, claimUsage(claim));
    // Scopes are of pods and claims: a quota that has any counts nothing else.
    if (scopes.length > 0) return usage;
    for (const service of services.lister.list(namespace)) usage = addQuotaUsage(usage, serviceUsage(service));
    return { ...usage, ...(await countsOf(Object.keys(quota.spec.hard ?? {}), { namespace, known: usage, signal })) };
  }

  /** Kinds that only a few quotas count are not watched for it. */
  async function countsOf(
    names: readonly string[],
    { namespace, known, signal }: { namespace: string; known: QuotaUsage; signal: AbortSignal },
  ): Promise<QuotaUsage> {
    const wanted = names.filter(
      (name) => !(name in known) && (name.startsWith('count/') || /^[a-z]+$/.test(name)) && !OF_PODS.has(name),
    );
    if (wanted.length === 0) return {};
    const { resources } = await discoverResources(reader, { signal });
    let usage: QuotaUsage = {};
    for (const name of wanted) {
      const ref = resources.find((r) => r.preferred && r.namespaced && isCountOf(name, r) && r.verbs.includes('list'));
      if (!ref) continue;
      const { items } = await reader.metadata(ref).list({ namespace, signal });
      usage = { ...usage, ...countUsage(ref, items.length) };
    }
    return usage;
  }
}

const PODS = { group: '', resource: 'pods' };
const CLAIMS = { group: '', resource: 'persistentvolumeclaims' };

/** What each pod uses, worked out once for each version of it: a namespace may hold very many that stay as they are. */
class PodUsages {
  /** By the scopes that were asked about. */
  readonly #known = new WeakMap<Held<Pod>, Map<string, QuotaUsage | undefined>>();

  /** Undefined for a pod outside the scopes. */
  of(held: Held<Pod>, scopes: readonly QuotaScope[], now: Date): QuotaUsage | undefined {
    const known = this.#known.get(held) ?? new Map<string, QuotaUsage | undefined>();
    const key = JSON.stringify(scopes);
    if (known.has(key)) return known.get(key);
    const pod = held.read();
    const usage = isInQuotaScopes(PODS, pod, scopes) ? podUsage(pod, now) : undefined;
    // what a pod that is going counts for depends on the time
    if (!isDeleting(pod)) this.#known.set(held, known.set(key, usage));
    return usage;
  }
}

const OF_PODS = new Set(['cpu', 'memory']);

const isCountOf = (name: string, { group, resource }: DiscoveredResource): boolean =>
  name === `count/${group ? `${resource}.${group}` : resource}` || (!group && name === resource);

/** By the deadline quotas tell pods that end from those that run on. */
const podCounts = (pod: Pod, now: Date) => [podUsage(pod, now), pod.spec.activeDeadlineSeconds];

const claimCounts = (claim: PersistentVolumeClaim) => [claimUsage(claim), attributesClassesOf(claim)];

/** The same amounts, however they are written. */
function isSame(a: ResourceQuota['status'], b: ResourceQuota['status']): boolean {
  const same = (x: QuotaUsage = {}, y: QuotaUsage = {}) =>
    Object.keys(x).length === Object.keys(y).length &&
    Object.entries(x).every(([name, quantity]) => y[name] !== undefined && compareQuantity(quantity, y[name]) === 0);
  return same(a.hard, b.hard) && same(a.used, b.used);
}
