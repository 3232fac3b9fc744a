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
  const { names: acceptedNames, conflict } = acceptNames(crd, namesOf(others.filter(isOfGroup(crd.spec.group))));
  const lastTransitionTime = formatTime(now);
  let conditions: readonly AnyCondition[] = crd.status?.conditions ?? [];
  const put = (type: string, status: string, reason: string, message: string): void => {
    conditions = withCondition(conditions, { type, status, lastTransitionTime, reason, message });
  };
  const approval = approvalOf(crd);
  if (approval) put('KubernetesAPIApprovalPolicyConformant', approval.status, approval.reason, approval.message);
  if (conflict) put('NamesAccepted', 'False', conflict.reason, conflict.message);
  else put('NamesAccepted', 'True', 'NoConflicts', 'no conflicts found');
  const established = conditions.some(({ type, status }) => type === 'Established' && status === 'True');
  if (!established && conflict) put('Established', 'False', 'NotAccepted', 'not all names are accepted');
  else if (!established) put('Established', 'True', 'InitialNamesAccepted', 'the initial names have been accepted');
  return { ...crd.status, acceptedNames, conditions: [...conditions] } as Status;
}

const isOfGroup =
  (group: string) =>
  ({ spec }: CustomResourceDefinition): boolean =>
    spec.group === group;

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

interface Conflict {
  reason: string;
  message: string;
}

/** Each name that it has already or that nobody has; the last that it cannot have is what is said. */
function acceptNames(
  { spec, status }: CustomResourceDefinition,
  { resources, kinds }: Taken,
): { names: Names; conflict: Conflict | undefined } {
  const wanted = fullNames(spec.names);
  const has: Partial<Names> = status?.acceptedNames ?? {};
  const names: Names = { ...has, plural: has.plural ?? '', kind: has.kind ?? '' };
  let conflict: Conflict | undefined;
  const take = (key: 'plural' | 'singular' | 'kind' | 'listKind', taken: ReadonlySet<string>): void => {
    const name = wanted[key] ?? '';
    if (name !== has[key] && taken.has(name))
      conflict = { reason: `${key.replace(/^./, (letter) => letter.toUpperCase())}Conflict`, message: inUse(name) };
    else names[key] = name;
  };
  take('plural', resources);
  take('singular', resources);
  const [mine, short] = [has.shortNames ?? [], wanted.shortNames ?? []];
  const used = short.filter((name) => !mine.includes(name) && resources.has(name)).map(inUse);
  if (used.length > 0)
    conflict = { reason: 'ShortNamesConflict', message: used.length === 1 ? (used[0] ?? '') : `[${used.join(', ')}]` };
  else names.shortNames = short;
  take('kind', kinds);
  take('listKind', kinds);
  const { shortNames, categories: _old, ...rest } = names;
  const { categories = [] } = wanted;
  return {
    names: { ...rest, ...(shortNames?.length && { shortNames }), ...(categories.length > 0 && { categories }) },
    conflict,
  };
}

const inUse = (name: string): string => `${JSON.stringify(name)} is already in use`;

const APPROVED = 'api-approved.kubernetes.io';
const SEE = 'see https://github.com/kubernetes/enhancements/pull/1111';

/** Groups of Kubernetes' own need somebody's approval; undefined for others. */
function approvalOf({ metadata, spec }: CustomResourceDefinition): (Conflict & { status: string }) | undefined {
  if (!/(^|\.)(k8s|kubernetes)\.io$/.test(spec.group)) return undefined;
  const said = metadata.annotations?.[APPROVED] ?? '';
  const needs = `protected groups must have approval annotation ${JSON.stringify(APPROVED)}`;
  if (said === '') return { status: 'False', reason: 'MissingAnnotation', message: `${needs}, ${SEE}` };
  if (said.startsWith('unapproved'))
    return { status: 'False', reason: 'UnapprovedAnnotation', message: `not approved: ${JSON.stringify(said)}` };
  if (/^[a-z][a-z\d+.-]*:\/\/[^/?#\s]+\S*$/i.test(said))
    return { status: 'True', reason: 'ApprovedAnnotation', message: `approved in ${said}` };
  const message = `${needs} with either a URL or a reason starting with "unapproved", ${SEE}`;
  return { status: 'False', reason: 'InvalidAnnotation', message };
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
