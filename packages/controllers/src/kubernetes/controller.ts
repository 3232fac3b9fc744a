/** Keeps default/kubernetes and its endpoints pointing at the API server, and puts them back when somebody deletes them. */
import { isDeepStrictEqual } from 'node:util';
import { type Input, type KubernetesObject, keyOf } from '@mkube/apimachinery';
import { type Controller, type Informer, type ResourceClient, watch } from '@mkube/client';
import type { ControllerContext } from '../context.ts';
import { NAME, kubernetesEndpointSlice, kubernetesEndpoints, kubernetesService } from './plan.ts';
import { ignoreRaces } from '../serviceaccount/controller.ts';

export function kubernetesController(context: ControllerContext): Controller {
  const { client, flags } = context;
  const services = context.informer('services');
  const endpoints = context.informer('endpoints');
  const endpointSlices = context.informer('endpointSlices');
  const ours = (object: KubernetesObject) => (keyOf(object) === KEY ? KEY : undefined);
  return {
    name: 'kubernetes',
    watches: [watch(services, ours), watch(endpoints, ours), watch(endpointSlices, ours)],
    startKeys: flags.apiServer ? [KEY] : [],
    async reconcile(_, signal) {
      const { apiServer, serviceCidr } = flags;
      if (!apiServer) return;
      if (!services.lister.get(KEY))
        await client.services.create(kubernetesService(serviceCidr, apiServer), { signal }).catch(ignoreRaces);
      await put({
        informer: endpoints,
        objects: client.endpoints,
        wanted: kubernetesEndpoints(apiServer),
        field: 'subsets',
        signal,
      });
      const slice = kubernetesEndpointSlice(apiServer);
      await put({
        informer: endpointSlices,
        objects: client.endpointSlices,
        wanted: slice,
        field: 'endpoints',
        signal,
      });
    },
  };
}

const KEY = `${NAME.namespace}/${NAME.name}`;

interface Put<T extends KubernetesObject> {
  informer: Informer<T>;
  objects: ResourceClient<T>;
  wanted: Input<T>;
  /** What must be so for the object to be left alone. */
  field: keyof T & string;
  signal: AbortSignal;
}

async function put<T extends KubernetesObject>({ informer, objects, wanted, field, signal }: Put<T>): Promise<void> {
  const known = informer.lister.get(KEY);
  if (!known) await objects.create(wanted, { signal }).catch(ignoreRaces);
  else if (!isDeepStrictEqual(known[field], (wanted as T)[field]))
    await objects.update({ ...known, ...wanted, metadata: known.metadata } as T, { signal });
}
