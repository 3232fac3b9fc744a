/** What may change in a Job: how many at once, and where its pods go while it is suspended and has not begun. */
import { type FieldError, invalid } from '@mkube/apimachinery';
import type { PodTemplateSpec } from '../../generated/types/core-v1.ts';
import type { Job, JobSpec } from '../../generated/types/batch-v1.ts';
import { immutable, sameValue } from '../../validation/checks.ts';

const FIXED = ['completionMode', 'podFailurePolicy', 'backoffLimitPerIndex', 'managedBy', 'successPolicy'] as const;

export function validateJobUpdate({ spec }: Job, old: Job): FieldError[] {
  const before = old.spec;
  return [
    ...validateCompletions(spec, before),
    ...immutable('spec.selector', spec?.selector, before?.selector),
    ...validateTemplate(spec, old),
    ...FIXED.flatMap((key) => immutable(`spec.${key}`, spec?.[key], before?.[key])),
  ];
}

/** Indexed jobs grow and shrink when both counts do. */
function validateCompletions(spec: JobSpec | undefined, old: JobSpec | undefined): FieldError[] {
  const at = 'spec.completions';
  if (spec?.completionMode !== 'Indexed') return immutable(at, spec?.completions, old?.completions);
  const { completions, parallelism } = spec;
  return completions === undefined || completions === old?.completions || completions === parallelism
    ? []
    : [invalid(at, completions, 'can only be modified in tandem with spec.parallelism')];
}

function validateTemplate(spec: JobSpec | undefined, old: Job): FieldError[] {
  const before = old.spec?.template;
  const open = old.spec?.suspend === true && !old.status?.startTime;
  const judged = (template: PodTemplateSpec | undefined) => (open ? withoutDirectives(template) : template);
  return sameValue(judged(spec?.template), judged(before))
    ? []
    : [invalid('spec.template', spec?.template ?? null, 'field is immutable')];
}

/** A template but for where its pods may go, and their labels. */
function withoutDirectives(template: PodTemplateSpec | undefined): object {
  const { nodeSelector: _n, affinity = {}, tolerations: _t, schedulingGates: _g, ...spec } = template?.spec ?? {};
  const { nodeAffinity: _a, ...others } = affinity;
  const { labels: _l, annotations: _o, ...metadata } = template?.metadata ?? {};
  return { metadata, spec, affinity: others };
}
