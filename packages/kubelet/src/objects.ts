/**
 * ConfigMaps, Secrets and other objects that pods of this node name, fetched when they are needed and kept for a while.
 * Answers of one moment are shared; a reader says how old an answer may be. What does not exist is undefined, not an error.
 */
import type { ConfigMap, PersistentVolume, PersistentVolumeClaim, Secret } from '@mkube/api';
import { type KubernetesObject, NotFound } from '@mkube/apimachinery';
import type { Client, Clock, ResourceClient } from '@mkube/client';
import { withDeadline } from './deadline.ts';

export interface Freshness {
  /** Default 0: ask the API. */
  maxAgeMs?: number;
  signal?: AbortSignal;
}

export interface Objects {
  configMap(namespace: string, name: string, freshness?: Freshness): Promise<ConfigMap | undefined>;
  secret(namespace: string, name: string, freshness?: Freshness): Promise<Secret | undefined>;
  claim(namespace: string, name: string, freshness?: Freshness): Promise<PersistentVolumeClaim | undefined>;
  persistentVolume(name: string, freshness?: Freshness): Promise<PersistentVolume | undefined>;
  /** Drops what nobody has asked for in a while. */
  prune(): void;
}

const FORGOTTEN_AFTER_MS = 300_000;

export function createObjects(client: Client, clock: Clock): Objects {
  const configMaps = cacheOf<ConfigMap>(client.configMaps, clock);
  const secrets = cacheOf<Secret>(client.secrets, clock);
  const claims = cacheOf<PersistentVolumeClaim>(client.persistentVolumeClaims, clock);
  const volumes = cacheOf<PersistentVolume>(client.persistentVolumes, clock);
  return {
    configMap: configMaps.get,
    secret: secrets.get,
    claim: claims.get,
    persistentVolume: (name, freshness) => volumes.get('', name, freshness),
    prune() {
      for (const cache of [configMaps, secrets, claims, volumes]) cache.prune();
    },
  };
}

function cacheOf<T extends KubernetesObject>(resource: ResourceClient<T>, clock: Clock) {
  const entries = new Map<string, { at: number; object: Promise<T | undefined> }>();
  const now = (): number => clock.monotonic();
  return {
    get(namespace: string, name: string, { maxAgeMs = 0, signal }: Freshness = {}): Promise<T | undefined> {
      const key = `${namespace}/${name}`;
      const kept = entries.get(key);
      if (kept && now() - kept.at < maxAgeMs) return kept.object;
      const object = resource
        .get({ namespace, name }, { signal: withDeadline(signal ?? new AbortController().signal) })
        .catch((error: unknown) => {
          // what is not there may be there in a moment
          if (entries.get(key)?.object === object) entries.delete(key);
          if (error instanceof NotFound) return undefined;
          throw error;
        });
      entries.set(key, { at: now(), object });
      return object;
    },
    prune() {
      for (const [key, { at }] of entries) if (now() - at > FORGOTTEN_AFTER_MS) entries.delete(key);
    },
  };
}
