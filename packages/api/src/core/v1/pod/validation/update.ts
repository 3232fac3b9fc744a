/** What may change in a pod that exists: images, a shorter deadline, more tolerations, fewer scheduling gates. */
import { type FieldError, forbidden, invalid } from '@mkube/apimachinery';
import type { Container, Pod, PodSpec, Toleration } from '../../../../generated/types/core-v1.ts';
import { inRange, sameValue } from '../../../../validation/checks.ts';
import { describeDifference } from '../../../../validation/difference.ts';
import { validateAnnotationChanges } from './annotations.ts';
import { ungated } from './gated.ts';

const MAY_CHANGE = [
  '`spec.containers[*].image`',
  '`spec.initContainers[*].image`',
  '`spec.activeDeadlineSeconds`',
  '`spec.tolerations` (only additions to existing tolerations)',
  '`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)',
].join(',');

export function validatePodUpdate(pod: Pod, old: Pod): FieldError[] {
  const faults = validateAnnotationChanges(pod.metadata.annotations, old.metadata.annotations);
  const spec = pod.spec ?? { containers: [] };
  const before = old.spec ?? { containers: [] };
  if (spec === before) return faults;
  const barred = changedCount(spec, before) ?? changedDeadline(spec, before);
  if (barred) return [...faults, barred];
  const gated = ungated(withMutable(spec, before), before);
  faults.push(...droppedDeadline(spec, before), ...tolerations(spec, before), ...gates(spec, before), ...gated.faults);
  if (sameValue(gated.spec, before)) return faults;
  const difference = describeDifference(before, gated.spec);
  return [...faults, forbidden('spec', `pod updates may not change fields other than ${MAY_CHANGE}\n${difference}`)];
}

/** Nothing else is judged where containers come or go. */
function changedCount(spec: PodSpec, old: PodSpec): FieldError | undefined {
  const count = (list: readonly unknown[] | undefined) => list?.length ?? 0;
  const key = (['containers', 'initContainers'] as const).find((list) => count(spec[list]) !== count(old[list]));
  return key && forbidden(`spec.${key}`, 'pod updates may not add or remove containers');
}

const DEADLINE = 'spec.activeDeadlineSeconds';

function changedDeadline(
  { activeDeadlineSeconds: next }: PodSpec,
  { activeDeadlineSeconds: last }: PodSpec,
): FieldError | undefined {
  if (next === undefined) return undefined;
  const later = last !== undefined && last < next;
  return (
    inRange(DEADLINE, next, [0, 2147483647])[0] ??
    (later ? invalid(DEADLINE, next, 'must be less than or equal to previous value') : undefined)
  );
}

const droppedDeadline = (spec: PodSpec, old: PodSpec): FieldError[] =>
  spec.activeDeadlineSeconds === undefined && old.activeDeadlineSeconds !== undefined
    ? [invalid(DEADLINE, null, 'must not update from a positive integer to nil value')]
    : [];

/** Old ones must stay, but for their tolerationSeconds. */
function tolerations({ tolerations: next = [] }: PodSpec, { tolerations: old = [] }: PodSpec): FieldError[] {
  const bare = ({ tolerationSeconds: _, ...rest }: Toleration) => rest;
  return old.every((before) => next.some((t) => sameValue(bare(t), bare(before))))
    ? []
    : [forbidden('spec.tolerations', 'existing toleration can not be modified except its tolerationSeconds')];
}

function gates({ schedulingGates: next = [] }: PodSpec, { schedulingGates: old = [] }: PodSpec): FieldError[] {
  const before = new Set(old.map((gate) => gate.name));
  return next.flatMap(({ name }, i) =>
    before.has(name) || next.findLastIndex((gate) => gate.name === name) > i
      ? []
      : [
          forbidden(
            `spec.schedulingGates[${i}].name`,
            `only deletion is allowed, but found new scheduling gate '${name ?? ''}'`,
          ),
        ],
  );
}

/** The new spec with what may change set back, so that whatever still differs is forbidden. */
function withMutable(spec: PodSpec, old: PodSpec): PodSpec {
  const images = (next: readonly Container[] | undefined, before: readonly Container[] | undefined) =>
    next?.map((c, i) => definedOnly({ ...c, image: before?.[i]?.image }));
  const grace = old.terminationGracePeriodSeconds ?? 0;
  return definedOnly({
    ...spec,
    containers: images(spec.containers, old.containers),
    initContainers: images(spec.initContainers, old.initContainers),
    activeDeadlineSeconds: old.activeDeadlineSeconds,
    tolerations: old.tolerations,
    schedulingGates: old.schedulingGates,
    ...(grace < 0 && spec.terminationGracePeriodSeconds === 1 && { terminationGracePeriodSeconds: grace }),
  }) as unknown as PodSpec;
}

const definedOnly = (object: object): Record<string, unknown> =>
  Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined));
