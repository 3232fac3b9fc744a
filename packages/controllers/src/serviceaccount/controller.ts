/** Every namespace that is not going has a ServiceAccount `default`: pods that name none run as it. */
import { AlreadyExists, isDeleting } from '@mkube/apimachinery';
import { type Controller, watch } from '@mkube/client';
import type { ControllerContext } from '../context.ts';
import { isNamespaceTerminating } from '../owned/pod-control.ts';

const NAME = 'default';

export function serviceAccountController(context: ControllerContext): Controller {
  const { client } = context;
  const namespaces = context.informer('namespaces');
  const serviceAccounts = context.informer('serviceAccounts');
  return {
    name: 'serviceaccount',
    watches: [
      watch(namespaces),
      watch(serviceAccounts, ({ metadata }) => (metadata.name === NAME ? metadata.namespace : undefined)),
    ],
    async reconcile(namespace, signal) {
      const there = namespaces.lister.get(namespace);
      if (!there || isDeleting(there) || serviceAccounts.lister.get({ name: NAME, namespace })) return;
      await client.serviceAccounts.create({ metadata: { name: NAME, namespace } }, { signal }).catch(ignoreRaces);
    },
  };
}

/** Somebody else made it, or the namespace began to go meanwhile. */
export function ignoreRaces(error: unknown): undefined {
  if (!(error instanceof AlreadyExists) && !isNamespaceTerminating(error)) throw error;
}
