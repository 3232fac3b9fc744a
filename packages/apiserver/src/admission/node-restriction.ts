/**
 * NodeRestriction: what a kubelet may write, beyond what the node authorizer lets it reach – its own Node without labels
 * that others rely on, pods that run on it, mirror pods, its own lease.
 */
import type { Eviction, Lease, Node, Pod, TokenRequest } from '@mkube/api';
import { type Forbidden, forbiddenResource } from '@mkube/apimachinery';
import { isDeepStrictEqual } from 'node:util';
import { nodeOf } from '../auth/node/authorizer.ts';
import { referencesOf } from '../auth/node/references.ts';
import type { ServerContext } from '../context.ts';
import type { AdmissionPlugin, Attributes } from './plugin.ts';

const MIRROR = 'kubernetes.io/config.mirror';
/** Labels below kubernetes.io and k8s.io that a kubelet may set on itself. */
const OWN_LABELS = new Set([
  'kubernetes.io/hostname',
  'kubernetes.io/arch',
  'kubernetes.io/os',
  'beta.kubernetes.io/arch',
  'beta.kubernetes.io/os',
  'beta.kubernetes.io/instance-type',
  'node.kubernetes.io/instance-type',
  'failure-domain.beta.kubernetes.io/region',
  'failure-domain.beta.kubernetes.io/zone',
  'topology.kubernetes.io/region',
  'topology.kubernetes.io/zone',
]);
const OWN_PREFIXES = ['kubelet.kubernetes.io', 'node.kubernetes.io'];

type Check = (attributes: Attributes, node: string, server: ServerContext) => void;

const CHECKS: Readonly<Record<string, Check>> = {
  'nodes.': checkNode,
  'pods.': checkPod,
  'pods/status.': checkPodStatus,
  'pods/eviction.': checkEviction,
  'serviceaccounts/token.': checkToken,
  'leases.coordination.k8s.io': checkLease,
  'csinodes.storage.k8s.io': checkOwnName,
  'nodes/status.': checkOwnName,
};

export const nodeRestriction: AdmissionPlugin = {
  name: 'NodeRestriction',
  validate(attributes, server) {
    const node = nodeOf(attributes.user);
    if (node === undefined) return;
    const { definition, subresource } = attributes;
    const resource = subresource ? `${definition.resource}/${subresource}` : definition.resource;
    CHECKS[`${resource}.${definition.group}`]?.(attributes, node, server);
  },
};

const refuse = ({ definition, name }: Attributes, why: string): Forbidden => forbiddenResource(definition, name, why);

function checkOwnName(attributes: Attributes, node: string): void {
  if (attributes.name !== node)
    throw refuse(
      attributes,
      `node "${node}" is not allowed to modify ${attributes.definition.singular} "${attributes.name}"`,
    );
}

function checkNode(attributes: Attributes, node: string): void {
  const { operation, object, oldObject } = attributes;
  if (attributes.name !== node)
    throw refuse(attributes, `node "${node}" is not allowed to modify node "${attributes.name}"`);
  if (operation === 'DELETE') throw refuse(attributes, `node "${node}" is not allowed to delete its own Node`);
  const wanted = object as Node;
  const old = (oldObject ?? { metadata: {}, spec: {} }) as Node;
  if (operation === 'UPDATE' && !isDeepStrictEqual(wanted.spec.taints ?? [], old.spec.taints ?? []))
    throw refuse(attributes, `node "${node}" is not allowed to modify taints`);
  if (!isDeepStrictEqual(wanted.metadata.ownerReferences ?? [], old.metadata.ownerReferences ?? []))
    throw refuse(attributes, `node "${node}" is not allowed to modify ownerReferences`);
  const labels = changedLabels(wanted.metadata.labels, old.metadata.labels).filter(isForbiddenLabel);
  if (labels.length > 0) throw refuse(attributes, `is not allowed to modify labels: ${labels.toSorted().join(', ')}`);
}

function changedLabels(now: Record<string, string> = {}, old: Record<string, string> = {}): string[] {
  return [...new Set([...Object.keys(now), ...Object.keys(old)])].filter((key) => now[key] !== old[key]);
}

function isForbiddenLabel(key: string): boolean {
  const domain = key.includes('/') ? (key.split('/', 1)[0] ?? '') : '';
  const isBelow = (parent: string): boolean => domain === parent || domain.endsWith(`.${parent}`);
  if (isBelow('node-restriction.kubernetes.io')) return true;
  if (OWN_LABELS.has(key) || OWN_PREFIXES.some(isBelow)) return false;
  return isBelow('kubernetes.io') || isBelow('k8s.io');
}

function checkPod(attributes: Attributes, node: string, server: ServerContext): void {
  const { operation, object } = attributes;
  if (operation === 'CREATE') return checkMirrorPod(attributes, node, server);
  if (operation !== 'DELETE') throw refuse(attributes, `unexpected operation ${operation}`);
  const pod = object as Pod;
  if (pod.spec.nodeName !== node)
    throw refuse(attributes, `node "${node}" can only delete pods with spec.nodeName set to itself`);
}

function checkMirrorPod(attributes: Attributes, node: string, { resources }: ServerContext): void {
  const { metadata, spec } = attributes.object as Pod;
  const wrong = (why: string): never => {
    throw refuse(attributes, why);
  };
  if (metadata.annotations?.[MIRROR] === undefined)
    wrong(`pod does not have "${MIRROR}" annotation, node "${node}" can only create mirror pods`);
  if (spec.nodeName !== node) wrong(`node "${node}" can only create pods with spec.nodeName set to itself`);
  const [owner, ...others] = metadata.ownerReferences ?? [];
  if (!owner || others.length > 0)
    return wrong(`node "${node}" can only create pods with an owner reference set to itself`);
  const own = resources.need('nodes').cache.get('', node)?.object.metadata.uid;
  if (owner.apiVersion !== 'v1' || owner.kind !== 'Node' || owner.name !== node || owner.uid !== own)
    wrong(`node "${node}" can only create pods with an owner reference set to itself`);
  if (spec.serviceAccountName) wrong(`node "${node}" can not create pods that reference a service account`);
  if (spec.resourceClaims?.length) wrong(`node "${node}" can not create pods that reference resourceclaims`);
  // by the same list by which a node may read what its pods refer to
  const { serviceaccounts: _account, ...references } = referencesOf(attributes.object as Pod);
  for (const [resource, names] of Object.entries(references))
    if (names.size > 0) wrong(`node "${node}" can not create pods that reference ${resource}`);
}

function checkPodStatus(attributes: Attributes, node: string): void {
  const { object, oldObject } = attributes;
  const old = (oldObject ?? object) as Pod;
  if (old.spec.nodeName !== node)
    throw refuse(attributes, `node "${node}" can only update pod status for pods with spec.nodeName set to itself`);
  if (!isDeepStrictEqual(object.metadata.labels ?? {}, old.metadata.labels ?? {}))
    throw refuse(attributes, `node "${node}" cannot update labels through pod status`);
  const claims = ({ status }: Pod) => status?.resourceClaimStatuses ?? [];
  if (!isDeepStrictEqual(claims(object as Pod), claims(old)))
    throw refuse(attributes, `node "${node}" cannot update resource claim statuses`);
}

function checkEviction(attributes: Attributes, node: string, { resources }: ServerContext): void {
  const { namespace, name } = attributes;
  const pod = resources
    .need('pods')
    .cache.get(namespace, (attributes.object as unknown as Eviction).metadata.name || name)?.object as Pod | undefined;
  if (pod && pod.spec.nodeName !== node)
    throw refuse(attributes, `node "${node}" can only evict pods with spec.nodeName set to itself`);
}

function checkToken(attributes: Attributes, node: string, { resources }: ServerContext): void {
  const { namespace } = attributes;
  const ref = (attributes.object as unknown as TokenRequest).spec.boundObjectRef;
  if (ref?.kind !== 'Pod' || !ref.name || !ref.uid)
    throw refuse(attributes, `node "${node}" can only request tokens bound to a pod, by name and uid`);
  const pod = resources.need('pods').cache.get(namespace, ref.name)?.object as Pod | undefined;
  if (!pod || pod.metadata.uid !== ref.uid || pod.spec.nodeName !== node)
    throw refuse(attributes, `node "${node}" can only request tokens bound to a pod that runs on it`);
}

function checkLease(attributes: Attributes, node: string): void {
  const name = (attributes.object as Lease).metadata.name || attributes.name;
  if (attributes.namespace !== 'kube-node-lease' || name !== node)
    throw refuse(attributes, `node "${node}" is not allowed to modify leases other than its own`);
}
