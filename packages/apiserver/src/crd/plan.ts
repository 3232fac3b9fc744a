/**
 * The status that a CustomResourceDefinition should have: which of its names it gets beside those of others in its group,
 * and whether it is established. Pure.
 */
import { type AnyCondition, formatTime, withCondition } from '@mkube/apimachinery';
import type { CustomResourceDefinition } from '@mkube/api';

type Status = NonNullable<CustomResourceDefinition['status']>;
type Names = CustomResourceDefinition['spec']['names'];

export const CLEANUP = 'customresourcecleanup.apiextensions.k8s.io';

export function planStatus(
  crd: CustomResourceDefinition,
  others: readonly CustomResourceDefinition[],
  now: Date,
): Status {
  const taken = namesOf(
    others.filter(({ metadata, spec }) => spec.group === crd.spec.group && metadata.name !== crd.metadata.name),
  );
  const wanted = fullNames(crd.spec.names);
  const conflict = conflictOf(wanted, taken);
  const acceptedNames = conflict ? (crd.status?.acceptedNames ?? { plural: '', kind: '' }) : wanted;
  const at = formatTime(now);
  const condition = (type: string, status: string, reason: string, message: string): AnyCondition => ({
    type,
    status,
    lastTransitionTime: at,
    reason,
    message,
  });
  const accepted = conflict
    ? condition('NamesAccepted', 'False', conflict.reason, conflict.message)
    : condition('NamesAccepted', 'True', 'NoConflicts', 'no conflicts found');
  let conditions: readonly AnyCondition[] = withCondition(crd.status?.conditions, accepted);
  const established = conditions.some(({ type, status }) => type === 'Established' && status === 'True');
  if (!established)
    conditions = withCondition(
      conditions,
      conflict
        ? condition('Established', 'False', 'NotAccepted', 'not all names are accepted')
        : condition('Established', 'True', 'InitialNamesAccepted', 'the initial names have been accepted'),
    );
  return { ...crd.status, acceptedNames, conditions: [...conditions] } as Status;
}

export const isEstablished = ({ status }: CustomResourceDefinition): boolean =>
  status?.conditions?.some((c) => c.type === 'Established' && c.status === 'True') ?? false;

export function withTerminating<T extends CustomResourceDefinition>(crd: T, now: Date): T {
  const conditions = withCondition(crd.status?.conditions, {
    type: 'Terminating',
    status: 'True',
    lastTransitionTime: formatTime(now),
    reason: 'InstanceDeletionPending',
    message: 'CustomResourceDefinition marked for deletion; CustomResource deletion will begin soon',
  });
  return { ...crd, status: { ...crd.status, conditions: [...conditions] } } as T;
}

const fullNames = (names: Names): Names => ({
  ...names,
  singular: names.singular || names.kind.toLowerCase(),
  listKind: names.listKind || `${names.kind}List`,
});

interface Taken {
  resources: Set<string>;
  kinds: Set<string>;
}

function namesOf(crds: readonly CustomResourceDefinition[]): Taken {
  const taken: Taken = { resources: new Set(), kinds: new Set() };
  for (const { status } of crds) {
    const names = status?.acceptedNames;
    if (!names) continue;
    for (const name of [names.plural, names.singular, ...(names.shortNames ?? [])]) if (name) taken.resources.add(name);
    for (const kind of [names.kind, names.listKind]) if (kind) taken.kinds.add(kind);
  }
  return taken;
}

function conflictOf(names: Names, { resources, kinds }: Taken): { reason: string; message: string } | undefined {
  const used = (reason: string, name: string) => ({ reason, message: `${JSON.stringify(name)} is already in use` });
  if (resources.has(names.plural)) return used('PluralConflict', names.plural);
  if (names.singular && resources.has(names.singular)) return used('SingularConflict', names.singular);
  for (const name of names.shortNames ?? []) if (resources.has(name)) return used('ShortNamesConflict', name);
  if (kinds.has(names.kind)) return used('KindConflict', names.kind);
  if (names.listKind && kinds.has(names.listKind)) return used('ListKindConflict', names.listKind);
  return undefined;
}
