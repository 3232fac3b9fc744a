/** Keeps the EndpointSlices of every Service that has a selector equal to the pods that answer for it. */
import { type Service } from '@mkube/api';
import { type KubernetesObject, isDeleting } from '@mkube/apimachinery';
import { type Controller, watch, watchChanges } from '@mkube/client';
import type { ControllerContext } from '../context.ts';
import { ignoreNotFound } from '../owned/claim.ts';
import { isNamespaceTerminating } from '../owned/pod-control.ts';
import { byLabel } from '../owned/selected-pods.ts';
import { CONTROLLER, MANAGED_BY, SERVICE_NAME, planEndpointSlices } from './plan.ts';
import { podsOf, serviceKeysOf } from './services-of.ts';

export function endpointSliceController(context: ControllerContext): Controller {
  const { client, events } = context;
  const services = context.informer('services');
  const pods = context.informer('pods', byLabel);
  const slices = context.informer('endpointSlices', {
    service: ({ metadata }) => [`${metadata.namespace}/${metadata.labels?.[SERVICE_NAME] ?? ''}`],
  });
  const nodes = context.informer('nodes');
  return {
    name: 'endpointslice',
    watches: [
      watch(services),
      watchChanges(pods, serviceKeysOf(services.lister)),
      watch(slices, ({ metadata }) => serviceOf(metadata)),
    ],
    async reconcile(key, signal) {
      const service = services.lister.get(key);
      if (!service || isDeleting(service) || !hasOwnEndpoints(service)) return; // the garbage collector takes the slices
      const plan = planEndpointSlices({
        service,
        pods: podsOf(service, pods.lister),
        slices: slices.lister.by('service', key).filter(({ metadata }) => metadata.labels?.[MANAGED_BY] === CONTROLLER),
        nodeOf: (name) => nodes.lister.get(name),
      });
      try {
        for (const slice of plan.create) await client.endpointSlices.create(slice, { signal });
        for (const slice of plan.update) await client.endpointSlices.update(slice, { signal });
        for (const slice of plan.delete)
          await client.endpointSlices.delete(slice.metadata, { signal }).catch(ignoreNotFound);
      } catch (error) {
        if (isNamespaceTerminating(error)) return;
        const message = `Error updating Endpoint Slices for Service ${key}: ${error instanceof Error ? error.message : String(error)}`;
        if (!signal.aborted) events.event(service, 'Warning', 'FailedToUpdateEndpointSlices', message);
        throw error;
      }
    },
  };
}

export const hasOwnEndpoints = ({ spec }: Service): boolean =>
  spec.type !== 'ExternalName' && Object.keys(spec.selector ?? {}).length > 0;

function serviceOf({ labels, namespace }: KubernetesObject['metadata']): string | undefined {
  const name = labels?.[SERVICE_NAME];
  return name && labels[MANAGED_BY] === CONTROLLER ? `${namespace}/${name}` : undefined;
}
