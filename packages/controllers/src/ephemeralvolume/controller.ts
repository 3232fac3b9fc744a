/** Makes the claims that pods ask for with `ephemeral` volumes: they live and die with their pod. */
import type { Pod } from '@mkube/api';
import { controllerReferenceOf, isControlledBy, isDeleting } from '@mkube/apimachinery';
import { type Controller, watch } from '@mkube/client';
import type { ControllerContext } from '../context.ts';
import { ignoreRaces } from '../serviceaccount/controller.ts';

export function ephemeralVolumeController(context: ControllerContext): Controller {
  const { client, events } = context;
  const pods = context.informer('pods');
  const claims = context.informer('persistentVolumeClaims');
  return {
    name: 'ephemeral-volume',
    watches: [
      watch(pods, (pod) => (hasEphemeral(pod) ? `${pod.metadata.namespace}/${pod.metadata.name}` : undefined)),
      watch(claims, ({ metadata }) =>
        metadata.ownerReferences
          ?.filter(({ kind }) => kind === 'Pod')
          .map(({ name }) => `${metadata.namespace}/${name}`),
      ),
    ],
    async reconcile(key, signal) {
      const pod = pods.lister.get(key);
      if (!pod || isDeleting(pod)) return;
      for (const { name: volume, ephemeral } of pod.spec.volumes ?? []) {
        if (!ephemeral?.volumeClaimTemplate) continue;
        const { namespace } = pod.metadata;
        const name = `${pod.metadata.name}-${volume}`;
        const there = claims.lister.get({ name, namespace });
        if (there && !isControlledBy(there, pod)) {
          const message = `PVC ${namespace}/${name} was not created for pod ${key} (pod is not owner)`;
          events.event(pod, 'Warning', 'FailedBinding', `ephemeral volume ${volume}: ${message}`);
        }
        if (there) continue;
        const { metadata, spec } = ephemeral.volumeClaimTemplate;
        const ownerReferences = [controllerReferenceOf(pod, { apiVersion: 'v1', kind: 'Pod' })];
        const { labels, annotations } = metadata ?? {};
        const wanted = {
          metadata: {
            name,
            namespace,
            ...(labels && { labels }),
            ...(annotations && { annotations }),
            ownerReferences,
          },
          spec,
        };
        await client.persistentVolumeClaims.create(wanted, { signal }).catch(ignoreRaces);
      }
    },
  };
}

const hasEphemeral = ({ spec }: Pod): boolean => (spec.volumes ?? []).some(({ ephemeral }) => ephemeral !== undefined);
