/** What a namespace that is going says of its content in its conditions. Pure. */
import type { Namespace, NamespaceCondition } from '@mkube/api';
import { formatTime } from '@mkube/apimachinery';

/** What one round of deleting left. */
export interface Remains {
  /** Texts of discovery's failures. */
  discovery: readonly string[];
  /** Texts of deletions that failed. */
  deletion: readonly string[];
  /** Objects left, by resource ('pods.', 'deployments.apps'). */
  left: ReadonlyMap<string, number>;
  /** Objects that wait for a finalizer, by finalizer. */
  finalizers: ReadonlyMap<string, number>;
}

export const isEmpty = ({ discovery, deletion, left }: Remains): boolean =>
  discovery.length === 0 && deletion.length === 0 && left.size === 0;

export function namespaceConditions({ status }: Namespace, remains: Remains, now: Date): NamespaceCondition[] {
  const { discovery, deletion, left, finalizers } = remains;
  const found: [string, boolean, readonly [string, string], readonly [string, string]][] = [
    [
      'NamespaceDeletionDiscoveryFailure',
      discovery.length > 0,
      ['DiscoveryFailed', `Discovery failed for some groups, ${discovery.length} failing: ${discovery.join(', ')}`],
      ['ResourcesDiscovered', 'All resources successfully discovered'],
    ],
    [
      'NamespaceDeletionGroupVersionParsingFailure',
      false,
      ['GroupVersionParsingFailed', ''],
      ['ParsedGroupVersions', 'All legacy kube types successfully parsed'],
    ],
    [
      'NamespaceDeletionContentFailure',
      deletion.length > 0,
      [
        'ContentDeletionFailed',
        `Failed to delete all resource types, ${deletion.length} remaining: ${deletion.join(', ')}`,
      ],
      ['ContentDeleted', 'All content successfully deleted, may be waiting on finalization'],
    ],
    [
      'NamespaceContentRemaining',
      left.size > 0,
      ['SomeResourcesRemain', `Some resources are remaining: ${countsText(left, 'has', 'resource instances')}`],
      ['ContentRemoved', 'All content successfully removed'],
    ],
    [
      'NamespaceFinalizersRemaining',
      finalizers.size > 0,
      [
        'SomeFinalizersRemain',
        `Some content in the namespace has finalizers remaining: ${countsText(finalizers, 'in', 'resource instances')}`,
      ],
      ['ContentHasNoFinalizers', 'All content-preserving finalizers finished'],
    ],
  ];
  return found.map(([type, isSo, yes, no]) => {
    const [reason, message] = isSo ? yes : no;
    const value = isSo ? 'True' : 'False';
    const old = status.conditions?.find((condition) => condition.type === type);
    const lastTransitionTime = old?.status === value ? (old.lastTransitionTime ?? formatTime(now)) : formatTime(now);
    return { type, status: value, lastTransitionTime, reason, message };
  });
}

const countsText = (counts: ReadonlyMap<string, number>, verb: string, what: string): string =>
  [...counts]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, count]) => `${name} ${verb} ${count} ${what}`)
    .join(', ');
