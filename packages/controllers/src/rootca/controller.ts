/** Every namespace has a ConfigMap with the CA that the API server's certificate can be checked by: pods mount it. */
import { isDeleting } from '@mkube/apimachinery';
import { type Controller, watch } from '@mkube/client';
import type { ControllerContext } from '../context.ts';
import { ignoreRaces } from '../serviceaccount/controller.ts';

const NAME = 'kube-root-ca.crt';

export function rootCaController(context: ControllerContext): Controller {
  const { client, flags } = context;
  const namespaces = context.informer('namespaces');
  const configMaps = context.informer('configMaps');
  const data = { 'ca.crt': flags.rootCa ?? '' };
  return {
    name: 'root-ca-certificate-publisher',
    watches: [
      watch(namespaces),
      watch(configMaps, ({ metadata }) => (metadata.name === NAME ? metadata.namespace : undefined)),
    ],
    async reconcile(namespace, signal) {
      const there = namespaces.lister.get(namespace);
      if (!flags.rootCa || !there || isDeleting(there)) return;
      const known = configMaps.lister.get({ name: NAME, namespace });
      if (!known) {
        const annotations = { 'kubernetes.io/description': 'The CA certificate of this cluster’s API server.' };
        await client.configMaps
          .create({ metadata: { name: NAME, namespace, annotations }, data }, { signal })
          .catch(ignoreRaces);
      } else if (known.data?.['ca.crt'] !== data['ca.crt'] || Object.keys(known.data).length > 1) {
        await client.configMaps.update({ ...known, data }, { signal });
      }
    },
  };
}
