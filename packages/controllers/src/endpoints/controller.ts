/** Keeps the Endpoints of every Service that has a selector, and takes them away with the Service. */
import { AlreadyExists, parseKey } from '@mkube/apimachinery';
import { type Controller, watch, watchChanges } from '@mkube/client';
import type { ControllerContext } from '../context.ts';
import { ignoreNotFound } from '../owned/claim.ts';
import { isNamespaceTerminating } from '../owned/pod-control.ts';
import { byLabel } from '../owned/selected-pods.ts';
import { hasOwnEndpoints } from '../endpointslice/controller.ts';
import { podsOf, serviceKeysOf } from '../endpointslice/services-of.ts';
import { planEndpoints } from './plan.ts';

export function endpointsController(context: ControllerContext): Controller {
  const { client, events } = context;
  const services = context.informer('services');
  const pods = context.informer('pods', byLabel);
  const endpoints = context.informer('endpoints');
  return {
    name: 'endpoints',
    watches: [watch(services), watchChanges(pods, serviceKeysOf(services.lister)), watch(endpoints)],
    async reconcile(key, signal) {
      const service = services.lister.get(key);
      const current = endpoints.lister.get(key);
      if (!service) {
        // Endpoints without a Service may be somebody's own; those that we wrote say so.
        const isOurs = current?.metadata.labels?.['endpoints.kubernetes.io/managed-by'] === 'endpoint-controller';
        if (isOurs) await client.endpoints.delete(parseKey(key), { signal }).catch(ignoreNotFound);
        return;
      }
      if (!hasOwnEndpoints(service)) return;
      const selected = podsOf(service, pods.lister);
      const plan = planEndpoints({ service, pods: selected, current });
      if (!plan) return;
      try {
        if (plan.action === 'create') await client.endpoints.create(plan.endpoints, { signal });
        else await client.endpoints.update(plan.endpoints, { signal });
      } catch (error) {
        if (isNamespaceTerminating(error)) return;
        const message = `Failed to ${plan.action} endpoint ${key}: ${error instanceof Error ? error.message : String(error)}`;
        const reason = plan.action === 'create' ? 'FailedToCreateEndpoint' : 'FailedToUpdateEndpoint';
        if (!signal.aborted && !(error instanceof AlreadyExists)) events.event(service, 'Warning', reason, message);
        throw error;
      }
    },
  };
}
