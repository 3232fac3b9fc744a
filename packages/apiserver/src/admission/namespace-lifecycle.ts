/** NamespaceLifecycle: nothing is created in a namespace that is missing or on its way out. */
import type { Namespace } from '@mkube/api';
import { type ResourceIdentity, forbiddenResource, notFound } from '@mkube/apimachinery';
import { after } from '../request/later.ts';
import type { Entry } from '../storage/entry.ts';
import type { AdmissionPlugin, Attributes } from './plugin.ts';

const NAMESPACES = { group: '', resource: 'namespaces' };
/** Answered without being stored: a namespace that is gone does not matter to them. */
const isReview = ({ group, resource }: ResourceIdentity): boolean =>
  resource === 'localsubjectaccessreviews' && group === 'authorization.k8s.io';

export const namespaceLifecycle: AdmissionPlugin = {
  name: 'NamespaceLifecycle',
  validate(attributes, { resources }) {
    const { operation, definition, namespace, subresource } = attributes;
    if (operation !== 'CREATE' || !definition.namespaced || subresource || isReview(definition)) return;
    return after(resources.need('namespaces').find({ namespace: '', name: namespace }), (entry) =>
      refuseGoing(entry, attributes),
    );
  },
};

function refuseGoing(entry: Entry | undefined, { definition, namespace, name }: Attributes): void {
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
}
