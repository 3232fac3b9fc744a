/**
 * The downward API: what a pod may learn of itself through fieldRef and resourceFieldRef, in env and in volumes.
 * Pure. What is not there is '', what does not exist is an error for the user.
 */
import type { Container, ObjectFieldSelector, Pod, ResourceFieldSelector } from '@mkube/api';
import { milliValueOf, valueOf } from '@mkube/apimachinery';

export interface PodAddresses {
  hostIPs: readonly string[];
  podIPs: readonly string[];
}

/** Allocatable of the node: what a container without a limit may use where its pod has none either. */
export interface NodeAmounts {
  milliCpu: number;
  memoryBytes: number;
  ephemeralStorageBytes: number;
}

export function fieldOf(pod: Pod, { fieldPath }: ObjectFieldSelector, addresses: PodAddresses): string {
  const { metadata, spec } = pod;
  const keyed = /^metadata\.(labels|annotations)\['(.+)'\]$/.exec(fieldPath);
  if (keyed) return metadata[keyed[1] as 'labels' | 'annotations']?.[keyed[2] ?? ''] ?? '';
  switch (fieldPath) {
    case 'metadata.name':
      return metadata.name;
    case 'metadata.namespace':
      return metadata.namespace;
    case 'metadata.uid':
      return metadata.uid;
    case 'metadata.labels':
      return formatMap(metadata.labels);
    case 'metadata.annotations':
      return formatMap(metadata.annotations);
    case 'spec.nodeName':
      return spec.nodeName ?? '';
    case 'spec.serviceAccountName':
      return spec.serviceAccountName ?? '';
    case 'status.hostIP':
      return addresses.hostIPs[0] ?? '';
    case 'status.hostIPs':
      return addresses.hostIPs.join(',');
    case 'status.podIP':
      return addresses.podIPs[0] ?? '';
    case 'status.podIPs':
      return addresses.podIPs.join(',');
    default:
      throw new Error(`unsupported fieldPath: ${fieldPath}`);
  }
}

/** One `key="value"` a line, sorted, as upstream writes maps into downward API files. */
const formatMap = (map: Record<string, string> = {}): string =>
  Object.keys(map)
    .toSorted()
    .map((key) => `${key}=${JSON.stringify(map[key])}`)
    .join('\n');

export function resourceFieldOf(
  pod: Pod,
  selector: ResourceFieldSelector,
  of: { container: Container; node: NodeAmounts },
): string {
  const container = selector.containerName
    ? [...(pod.spec.initContainers ?? []), ...pod.spec.containers].find(({ name }) => name === selector.containerName)
    : of.container;
  if (!container) throw new Error(`container "${selector.containerName}" not found`);
  const match = /^(limits|requests)\.(cpu|memory|ephemeral-storage|hugepages-.+)$/.exec(selector.resource);
  if (!match) throw new Error(`unsupported container resource : ${selector.resource}`);
  const [, list, name = ''] = match;
  const own = container.resources?.[list as 'limits' | 'requests']?.[name];
  const quantity = list === 'limits' && isNone(own) ? podLimitOf(pod, name) : own;
  const divisor = selector.divisor && milliValueOf(selector.divisor) > 0 ? selector.divisor : '1';
  if (name === 'cpu') {
    const milli = quantity === undefined ? (list === 'limits' ? of.node.milliCpu : 0) : milliValueOf(quantity);
    return String(Math.ceil(milli / milliValueOf(divisor)));
  }
  const amount = quantity === undefined ? (list === 'limits' ? amountOf(of.node, name) : 0) : valueOf(quantity);
  return String(Math.ceil(amount / valueOf(divisor)));
}

const isNone = (quantity: string | undefined): boolean => quantity === undefined || milliValueOf(quantity) === 0;

/** Of the whole pod, which what its containers may use together cannot pass. */
function podLimitOf({ spec }: Pod, name: string): string | undefined {
  const limit = name === 'cpu' || name === 'memory' ? spec.resources?.limits?.[name] : undefined;
  return isNone(limit) ? undefined : limit;
}

const amountOf = (node: NodeAmounts, name: string): number =>
  name === 'memory' ? node.memoryBytes : name === 'ephemeral-storage' ? node.ephemeralStorageBytes : 0;
