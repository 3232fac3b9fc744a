/** Where pods have no network of their own: a namespace with nothing but loopback. */
import { runOrThrow, type Exec } from '../exec.ts';
import type { PodNetwork } from './network.ts';

export function createNoNetwork(exec: Exec): PodNetwork {
  return {
    async attach({ enter }) {
      await runOrThrow(exec, [...enter, 'ip', 'link', 'set', 'lo', 'up']);
      return { ips: [] };
    },
    ipsOf: () => [],
    detach: async () => undefined,
    publish: async () => undefined,
    keepOnly: async () => undefined,
    fault: async () => undefined,
  };
}
