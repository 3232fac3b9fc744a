/** The heartbeat: a Lease in kube-node-lease renewed four times within its duration. Failures are retried, never fatal. */
import type { Lease, Node } from '@mkube/api';
import { formatMicroTime, NotFound } from '@mkube/apimachinery';
import { type Client, type Clock, pause } from '@mkube/client';
import type { Logger } from 'pino';
import { withDeadline } from '../deadline.ts';

export interface LeaseOptions {
  client: Client;
  node: Node;
  leaseDurationSeconds: number;
  clock: Clock;
  random: () => number;
  log: Logger;
  signal: AbortSignal;
}

const NAMESPACE = 'kube-node-lease';
const FIRST_WAIT_MS = 200;

export async function runHeartbeat(options: LeaseOptions): Promise<void> {
  const { clock, log, signal, leaseDurationSeconds, random } = options;
  const periodMs = (leaseDurationSeconds * 1000) / 4;
  let held: Lease | undefined;
  let wait = FIRST_WAIT_MS;
  while (!signal.aborted) {
    try {
      held = await renew(options, held, withDeadline(signal, periodMs));
      wait = FIRST_WAIT_MS;
      await pause(clock, periodMs * (0.96 + random() * 0.08), signal);
    } catch (error) {
      if (signal.aborted) return;
      held = undefined;
      const why = error instanceof Error ? error.message : String(error);
      log.info({ why }, 'cannot renew the lease of the node: trying again');
      await pause(clock, wait, signal);
      wait = Math.min(wait * 2, 7000);
    }
  }
}

async function renew(options: LeaseOptions, held: Lease | undefined, signal: AbortSignal): Promise<Lease> {
  const { client, node, clock, leaseDurationSeconds } = options;
  const { name, uid } = node.metadata;
  const spec = { holderIdentity: name, leaseDurationSeconds, renewTime: formatMicroTime(clock.now()) };
  if (held) return client.leases.update({ ...held, spec: { ...held.spec, ...spec } }, { signal });
  try {
    const present = await client.leases.get({ namespace: NAMESPACE, name }, { signal });
    return await client.leases.update({ ...present, spec: { ...present.spec, ...spec } }, { signal });
  } catch (error) {
    if (!(error instanceof NotFound)) throw error;
  }
  const ownerReferences = [{ apiVersion: 'v1', kind: 'Node', name, uid }];
  return client.leases.create(
    {
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: { namespace: NAMESPACE, name, ownerReferences },
      spec,
    },
    { signal },
  );
}
