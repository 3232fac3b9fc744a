/** DaemonSet, apps/v1: what the facts do not hold. */
import { type FieldError, invalid, required } from '@mkube/apimachinery';
import { age, containersAndImages, formatLabelSelector, formatLabels } from '../../cells.ts';
import { podTemplateWarnings } from '../../core/v1/pod/warnings.ts';
import { defineResource } from '../../define.ts';
import { facts } from '../../generated/resources.ts';
import type { DaemonSet, DaemonSetUpdateStrategy } from '../../generated/types/apps-v1.ts';
import { countOrPercent, immutable, nonNegative, notAbove100Percent } from '../../validation/checks.ts';
import { validateWorkloadSelector } from '../../validation/metadata.ts';
import { validateAlwaysRestarting } from './template.ts';

export const daemonSets = defineResource<DaemonSet>(facts.apps.v1.DaemonSet, {
  acts: true,
  validate: ({ spec }) => [
    ...(spec?.selector ? validateWorkloadSelector(spec.selector, spec.template, 'daemonset') : []),
    ...validateAlwaysRestarting(spec?.template, { field: 'spec.template', kind: 'DaemonSet' }),
    ...nonNegative('spec.minReadySeconds', spec?.minReadySeconds),
    ...validateStrategy(spec?.updateStrategy, 'spec.updateStrategy'),
    ...nonNegative('spec.revisionHistoryLimit', spec?.revisionHistoryLimit),
  ],
  validateUpdate: ({ spec }, { spec: old }) => immutable('spec.selector', spec?.selector, old?.selector),
  warnings: ({ spec }) => podTemplateWarnings(spec?.template),
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

function validateStrategy(strategy: DaemonSetUpdateStrategy | undefined, at: string): FieldError[] {
  if (strategy?.type !== 'RollingUpdate') return [];
  const update = strategy.rollingUpdate;
  if (!update) return [required(`${at}.rollingUpdate`)];
  const place = `${at}.rollingUpdate`;
  const none = (value: unknown) => value === 0 || value === '0%' || value === undefined;
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
