/** What may change in a pod that exists: images, a shorter deadline, more tolerations, fewer scheduling gates. */
import { type FieldError, forbidden, invalid } from '@mkube/apimachinery';
import type { Container, Pod, PodSpec, Toleration } from '../../../../generated/types/core-v1.ts';
import { inRange, sameValue } from '../../../../validation/checks.ts';
import { describeDifference } from '../../../../validation/difference.ts';

const MAY_CHANGE = [
  '`spec.containers[*].image`',
  '`spec.initContainers[*].image`',
  '`spec.activeDeadlineSeconds`',
  '`spec.tolerations` (only additions to existing tolerations)',
  '`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)',
].join(',');

export function validatePodUpdate(pod: Pod, old: Pod): FieldError[] {
  const spec = pod.spec ?? { containers: [] };
  const before = old.spec ?? { containers: [] };
  const counts = sameCounts(spec, before);
  if (counts.length > 0) return counts;
  const faults = [
    ...deadline(spec, before),
    ...tolerations(spec.tolerations ?? [], before.tolerations ?? []),
    ...gates(spec, before),
  ];
  if (faults.length > 0) return faults;
  const munged = withMutable(spec, before);
  if (sameValue(munged, before)) return [];
  return [
    forbidden(
      'spec',
      `pod updates may not change fields other than ${MAY_CHANGE}\n${describeDifference(before, munged)}`,
    ),
  ];
}

function sameCounts(spec: PodSpec, old: PodSpec): FieldError[] {
  const count = (list: readonly unknown[] | undefined) => list?.length ?? 0;
  return (['containers', 'initContainers'] as const)
    .filter((key) => count(spec[key]) !== count(old[key]))
    .map((key) => forbidden(`spec.${key}`, 'pod updates may not add or remove containers'));
}

function deadline(spec: PodSpec, old: PodSpec): FieldError[] {
  const at = 'spec.activeDeadlineSeconds';
  const next = spec.activeDeadlineSeconds;
  const last = old.activeDeadlineSeconds;
  if (next === undefined)
    return last === undefined ? [] : [invalid(at, null, 'must not update from a positive integer to nil value')];
  const range = inRange(at, next, [0, 2147483647]);
  if (range.length > 0) return range;
  return last !== undefined && last < next ? [invalid(at, next, 'must be less than or equal to previous value')] : [];
}

/** Old ones must stay, but for their tolerationSeconds. */
function tolerations(next: readonly Toleration[], old: readonly Toleration[]): FieldError[] {
  const bare = ({ tolerationSeconds: _, ...rest }: Toleration) => rest;
  const kept = old.every((before) =>
    next.some((t) => sameValue(t, before) || (t.tolerationSeconds !== undefined && sameValue(bare(t), bare(before)))),
  );
  return kept
    ? []
    : [forbidden('spec.tolerations', 'existing toleration can not be modified except its tolerationSeconds')];
}

function gates(spec: PodSpec, old: PodSpec): FieldError[] {
  const before = new Set((old.schedulingGates ?? []).map((g) => g.name));
  return (spec.schedulingGates ?? [])
    .filter((gate) => !before.has(gate.name))
    .map((gate) =>
      forbidden('spec.schedulingGates', `only deletion is allowed, but found new scheduling gate '${gate.name}'`),
    );
}

/** The new spec with what may change set back, so that whatever still differs is forbidden. */
function withMutable(spec: PodSpec, old: PodSpec): PodSpec {
  const images = (next: readonly Container[] | undefined, before: readonly Container[] | undefined) =>
    next?.map((c, i) => definedOnly({ ...c, image: before?.[i]?.image }));
  const grace = old.terminationGracePeriodSeconds ?? 0;
  const munged: Record<string, unknown> = {
    ...spec,
    containers: images(spec.containers, old.containers),
    initContainers: images(spec.initContainers, old.initContainers),
    activeDeadlineSeconds: old.activeDeadlineSeconds,
    tolerations: old.tolerations,
    schedulingGates: old.schedulingGates,
    ...(grace < 0 && spec.terminationGracePeriodSeconds === 1 && { terminationGracePeriodSeconds: grace }),
    ...((old.schedulingGates ?? []).length > 0 && gatedMutable(spec, old)),
  };
  return definedOnly(munged) as unknown as PodSpec;
}

/** While a gate holds the pod back, where it may go can still be narrowed down. */
function gatedMutable(spec: PodSpec, old: PodSpec): Partial<PodSpec> {
  const kept = Object.entries(old.nodeSelector ?? {}).every(([k, v]) => spec.nodeSelector?.[k] === v);
  const wider =
    (old.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms ?? []).length > 0;
  return {
    ...(kept && { nodeSelector: old.nodeSelector }),
    ...(!wider && { affinity: old.affinity }),
  };
}

const definedOnly = (object: object): Record<string, unknown> =>
  Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined));
