/** DaemonSet, apps/v1: what the facts do not hold. */
import { type FieldError, type IntOrString, invalid, notSupported, required } from '@mkube/apimachinery';
import { age, containersAndImages, formatLabelSelector, formatLabels } from '../../cells.ts';
import { templateWarnings } from '../../core/v1/pod/warnings/template.ts';
import { defineResource } from '../../define.ts';
import { facts } from '../../generated/resources.ts';
import type { DaemonSet, DaemonSetUpdateStrategy } from '../../generated/types/apps-v1.ts';
import {
  countOf,
  countOrPercent,
  immutable,
  nonNegative,
  notAbove100Percent,
  sameValue,
} from '../../validation/checks.ts';
import { validateWorkloadSelector } from '../../validation/metadata.ts';
import { nonNegativeCounts } from '../../validation/status.ts';
import { validateAlwaysRestarting } from './template.ts';

export const daemonSets = defineResource<DaemonSet>(facts.apps.v1.DaemonSet, {
  applyDefaults: (set) =>
    set.metadata.annotations?.[TEMPLATE_GENERATION] === undefined ? withTemplateGeneration(set, 0) : set,
  prepareForCreate: (set) => withTemplateGeneration(set, Math.max(1, templateGenerationOf(set))),
  prepareForUpdate: (set, old, { subresource }) =>
    withTemplateGeneration(
      set,
      templateGenerationOf(old) +
        (subresource === 'status' || sameValue(set.spec?.template, old.spec?.template) ? 0 : 1),
    ),
  validate: ({ spec }) => [
    ...validateWorkloadSelector(spec, { kind: 'daemonset' }),
    ...validateAlwaysRestarting(spec?.template, { field: 'spec.template', kind: 'DaemonSet' }),
    ...nonNegative('spec.minReadySeconds', spec?.minReadySeconds),
    ...validateStrategy(spec?.updateStrategy, 'spec.updateStrategy'),
    ...nonNegative('spec.revisionHistoryLimit', spec?.revisionHistoryLimit),
  ],
  validateUpdate: ({ spec }, { spec: old }) => immutable('spec.selector', spec?.selector, old?.selector),
  validateStatus: ({ status }) => nonNegativeCounts(status, COUNTS),
  warnings: templateWarnings('spec.template', ({ spec }) => spec?.template),
  cells: (set, now) => [
    set.metadata.name,
    set.status?.desiredNumberScheduled ?? 0,
    set.status?.currentNumberScheduled ?? 0,
    set.status?.numberReady ?? 0,
    set.status?.updatedNumberScheduled ?? 0,
    set.status?.numberAvailable ?? 0,
    formatLabels(set.spec?.template?.spec?.nodeSelector),
    age(set, now),
    ...containersAndImages(set.spec?.template?.spec),
    formatLabelSelector(set.spec?.selector),
  ],
});

const COUNTS = [
  'currentNumberScheduled',
  'numberMisscheduled',
  'desiredNumberScheduled',
  'numberReady',
  'observedGeneration',
  'updatedNumberScheduled',
  'numberAvailable',
  'numberUnavailable',
  'collisionCount',
] as const;

/** Counts changes of the template, where clients of older versions look for it. */
const TEMPLATE_GENERATION = 'deprecated.daemonset.template.generation';

const templateGenerationOf = ({ metadata }: DaemonSet): number =>
  Number(/^\d{1,15}$/.exec(metadata.annotations?.[TEMPLATE_GENERATION] ?? '')?.[0] ?? 0);

const withTemplateGeneration = (set: DaemonSet, generation: number): DaemonSet => ({
  ...set,
  metadata: {
    ...set.metadata,
    annotations: { ...set.metadata.annotations, [TEMPLATE_GENERATION]: String(generation) },
  },
});

function validateStrategy(strategy: DaemonSetUpdateStrategy | undefined, at: string): FieldError[] {
  if (strategy?.type === 'OnDelete') return [];
  const update = strategy?.rollingUpdate;
  if (strategy?.type !== 'RollingUpdate') {
    const rollingUpdate = update
      ? { MaxUnavailable: update.maxUnavailable ?? 0, MaxSurge: update.maxSurge ?? 0 }
      : null;
    // the message shows the strategy as its Go struct
    const shown = { Type: strategy?.type ?? '', RollingUpdate: rollingUpdate };
    return [notSupported(at, shown, ['RollingUpdate', 'OnDelete'])];
  }
  if (!update) return [required(`${at}.rollingUpdate`)];
  const place = `${at}.rollingUpdate`;
  const none = (value: IntOrString | undefined) => countOf(value) === 0;
  const both = !none(update.maxUnavailable) && !none(update.maxSurge);
  return [
    ...countOrPercent(`${place}.maxUnavailable`, update.maxUnavailable),
    ...countOrPercent(`${place}.maxSurge`, update.maxSurge),
    ...notAbove100Percent(`${place}.maxUnavailable`, update.maxUnavailable),
    ...notAbove100Percent(`${place}.maxSurge`, update.maxSurge),
    ...(both ? [invalid(`${place}.maxSurge`, update.maxSurge, 'may not be set when maxUnavailable is non-zero')] : []),
    ...(none(update.maxUnavailable) && none(update.maxSurge)
      ? [required(`${place}.maxUnavailable`, 'cannot be 0 when maxSurge is 0')]
      : []),
  ];
}
