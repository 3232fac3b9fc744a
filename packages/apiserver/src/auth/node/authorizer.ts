/**
 * The node authorizer: a kubelet reads its own node, its own pods and what they refer to, and for the rest has the rules of
 * Kubernetes' system:node role. What it may write is narrowed further by NodeRestriction.
 */
import type { PolicyRule } from '@mkube/api';
import { parseFieldSelector } from '@mkube/apimachinery';
import type { ResourceInfo } from '../../request/info.ts';
import type { User } from '../../request/request.ts';
import type { Authorizer, Decision } from '../authorizer.ts';
import { NO_OPINION } from '../authorizer.ts';
import { ruleCovers } from '../rbac/rules.ts';
import type { PodsByNode } from './pods-by-node.ts';
import type { References } from './references.ts';

const PREFIX = 'system:node:';
const GROUP = 'system:nodes';

/** The node's name, for users that are nodes. */
export const nodeOf = ({ username, groups }: User): string | undefined =>
  username.startsWith(PREFIX) && groups.includes(GROUP) ? username.slice(PREFIX.length) : undefined;

export interface NodeAuthorizerOptions {
  pods: PodsByNode;
  /** The rules of the role system:node. */
  rules: () => readonly PolicyRule[];
}

type Check = (node: string, info: ResourceInfo, pods: PodsByNode) => string | undefined;

const READS = new Set(['get', 'list', 'watch']);

/** A reading of one object by name, which a pod on the node must refer to. */
const referred =
  (resource: keyof References): Check =>
  (node, info, pods) => {
    if (!READS.has(info.verb)) return `can only read resources of this type`;
    if (info.subresource) return 'cannot read subresource';
    if (!info.name || !info.namespace) return `can only read namespaced object of this type`;
    const found = pods.refers(node, { resource, namespace: info.namespace, name: info.name });
    return found ? undefined : `no relationship found between node '${node}' and this object`;
  };

const CHECKS: Readonly<Record<string, Check>> = {
  'secrets.': referred('secrets'),
  'configmaps.': referred('configmaps'),
  'persistentvolumeclaims.': (node, info, pods) =>
    info.subresource === 'status' && (info.verb === 'patch' || info.verb === 'update')
      ? undefined
      : referred('persistentvolumeclaims')(node, info, pods),
  'resourceclaims.resource.k8s.io': referred('resourceclaims'),
  'serviceaccounts.': (node, info, pods) => {
    if (info.subresource === '') return referred('serviceaccounts')(node, info, pods);
    if (info.subresource !== 'token' || info.verb !== 'create')
      return 'can only create tokens for individual service accounts';
    const to = { resource: 'serviceaccounts' as const, namespace: info.namespace, name: info.name };
    return pods.refers(node, to) ? undefined : `no relationship found between node '${node}' and this object`;
  },
  'leases.coordination.k8s.io': (node, info) => {
    if (info.namespace !== 'kube-node-lease') return 'can only access leases in the "kube-node-lease" system namespace';
    if (!['get', 'create', 'update', 'patch', 'delete'].includes(info.verb))
      return 'can only get, create, update, patch, or delete a node lease';
    return info.verb === 'create' || info.name === node
      ? undefined
      : 'can only access node lease with the same name as the requesting node';
  },
  'csinodes.storage.k8s.io': (node, info) =>
    info.verb === 'create' || info.name === node
      ? undefined
      : 'can only access CSINode with the same name as the requesting node',
  'nodes.': (node, info) => {
    if (info.verb === 'create' && !info.subresource) return undefined;
    if (info.subresource === 'proxy') return 'nodes may not use the proxy';
    return info.name === node ? undefined : `node '${node}' cannot read '${info.name}', only its own Node object`;
  },
  'pods.': (node, info, pods) => {
    if (info.subresource === '' && (info.verb === 'list' || info.verb === 'watch'))
      return selectsNode(info.fieldSelector, node)
        ? undefined
        : `can only list/watch pods with spec.nodeName field selector`;
    if (info.verb !== 'get' || info.subresource) return undefined;
    return pods.has(node, info.namespace, info.name)
      ? undefined
      : `no relationship found between node '${node}' and this object`;
  },
};

export const nodeAuthorizer = ({ pods, rules }: NodeAuthorizerOptions): Authorizer => ({
  authorize(user, info): Decision {
    const node = nodeOf(user);
    if (node === undefined || info.type === 'path') return NO_OPINION;
    const check = CHECKS[`${info.resource}.${info.group}`];
    const reason = check?.(node, info, pods);
    if (reason !== undefined) return { allowed: false, reason };
    // Objects that a check lets through need no rule but that of the role: reads of what pods refer to are in it too.
    return rules().some((rule) => ruleCovers(rule, info)) ? { allowed: true } : NO_OPINION;
  },
});

function selectsNode(selector: string | undefined, node: string): boolean {
  try {
    return parseFieldSelector(selector ?? '').exact('spec.nodeName') === node;
  } catch {
    return false;
  }
}
