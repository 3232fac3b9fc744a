/**
 * Service account tokens for pods, by TokenRequest, bound to the pod: asked for once, used until a fifth of their life is left (or a
 * day has passed), then asked for again. A token that cannot be renewed serves until it ends. Never logged, never stored but in
 * the pod's volume.
 */
import type { Pod, TokenRequest } from '@mkube/api';
import type { Client, Clock } from '@mkube/client';
import { withDeadline } from '../deadline.ts';

export interface TokenWish {
  audience: string;
  expirationSeconds: number;
}

export interface Tokens {
  tokenFor(pod: Pod, wish: TokenWish, signal: AbortSignal): Promise<string>;
  forget(podUid: string): void;
}

interface Held {
  token: string;
  renewAt: number;
  expiresAt: number;
}

const DAY_MS = 86_400_000;

export function createTokens(client: Client, clock: Clock): Tokens {
  const held = new Map<string, Map<string, Held>>();
  const request = async (pod: Pod, wish: TokenWish, signal: AbortSignal): Promise<Held> => {
    const { namespace, name, uid } = pod.metadata;
    const account = { namespace, name: pod.spec.serviceAccountName || 'default' };
    const askedAt = clock.now().getTime();
    const answer = await client.serviceAccounts.createSubresource<TokenRequest>(
      account,
      'token',
      {
        apiVersion: 'authentication.k8s.io/v1',
        kind: 'TokenRequest',
        spec: {
          audiences: wish.audience ? [wish.audience] : [],
          expirationSeconds: wish.expirationSeconds,
          boundObjectRef: { apiVersion: 'v1', kind: 'Pod', name, uid },
        },
      },
      { signal: withDeadline(signal) },
    );
    const expiresAt = Date.parse(answer.status.expirationTimestamp);
    const renewAt = Math.min(askedAt + (expiresAt - askedAt) * 0.8, askedAt + DAY_MS);
    return { token: answer.status.token, renewAt, expiresAt };
  };
  return {
    async tokenFor(pod, wish, signal) {
      const ofPod = held.get(pod.metadata.uid) ?? new Map<string, Held>();
      held.set(pod.metadata.uid, ofPod);
      const key = `${wish.audience} ${wish.expirationSeconds}`;
      const kept = ofPod.get(key);
      const now = clock.now().getTime();
      if (kept && now < kept.renewAt) return kept.token;
      try {
        const fresh = await request(pod, wish, signal);
        ofPod.set(key, fresh);
        return fresh.token;
      } catch (error) {
        if (kept && now < kept.expiresAt) return kept.token;
        throw error;
      }
    },
    forget(podUid) {
      held.delete(podUid);
    },
  };
}
