/** What a node says of itself: ready, addresses, roles. */
import type { Node, NodeCondition } from '../../generated/types/core-v1.ts';

export const nodeCondition = (node: Node, type: string): NodeCondition | undefined =>
  node.status?.conditions?.find((c) => c.type === type);

export const isNodeReady = (node: Node): boolean => nodeCondition(node, 'Ready')?.status === 'True';

/** 'InternalIP', 'ExternalIP', 'Hostname', … */
export const nodeAddress = (node: Node, type: string): string | undefined =>
  node.status?.addresses?.find((a) => a.type === type)?.address;

const ROLE_PREFIX = 'node-role.kubernetes.io/';

/** From labels node-role.kubernetes.io/<role> and kubernetes.io/role, sorted. */
export function nodeRoles(node: Node): string[] {
  const roles = Object.entries(node.metadata.labels ?? {}).flatMap(([key, value]) => {
    if (key.startsWith(ROLE_PREFIX) && key.length > ROLE_PREFIX.length) return [key.slice(ROLE_PREFIX.length)];
    return key === 'kubernetes.io/role' && value !== '' ? [value] : [];
  });
  return [...new Set(roles)].toSorted();
}
