/** NamespaceLifecycle: nothing is created in a namespace that is missing or on its way out. */
import type { Namespace } from '@mkube/api';
import { forbiddenResource, notFound } from '@mkube/apimachinery';
import type { AdmissionPlugin } from './plugin.ts';

const NAMESPACES = { group: '', resource: 'namespaces' };
/** Answered without being stored: a namespace that is gone does not matter to them. */
const REVIEWS = new Set(['localsubjectaccessreviews.authorization.k8s.io']);

export const namespaceLifecycle: AdmissionPlugin = {
  name: 'NamespaceLifecycle',
  async validate({ operation, definition, namespace, name, subresource }, { resources }) {
    if (operation !== 'CREATE' || !definition.namespaced || subresource) return;
    if (REVIEWS.has(`${definition.resource}.${definition.group}`)) return;
    const { cache, caches } = resources.need('namespaces');
    if (!cache.get('', namespace)) await caches.fresh();
    const entry = cache.get('', namespace);
    if (!entry) throw notFound(NAMESPACES, namespace);
    const { status } = entry.object as Namespace;
    if (status.phase !== 'Terminating' && !entry.object.metadata.deletionTimestamp) return;
    const why = `unable to create new content in namespace ${namespace} because it is being terminated`;
    throw forbiddenResource(definition, name, why, [
      {
        reason: 'NamespaceTerminating',
        message: `namespace ${namespace} is being terminated`,
        field: 'metadata.namespace',
      },
    ]);
  },
};
