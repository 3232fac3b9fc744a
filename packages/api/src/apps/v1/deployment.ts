/** Deployment, apps/v1: what the facts do not hold. */
import { type FieldError, type IntOrString, forbidden, invalid, notSupported, required } from '@mkube/apimachinery';
import { age, containersAndImages, formatLabelSelector } from '../../cells.ts';
import { podNameWarnings, templateWarnings } from '../../core/v1/pod/warnings/template.ts';
import { defineResource } from '../../define.ts';
import { facts } from '../../generated/resources.ts';
import type { Deployment, DeploymentStatus, DeploymentStrategy } from '../../generated/types/apps-v1.ts';
import {
  countOf,
  countOrPercent,
  immutable,
  nonNegative,
  notAbove100Percent,
  sameValue,
} from '../../validation/checks.ts';
import { collisionsKept, nonNegativeCounts, partsOf } from '../../validation/status.ts';
import { validateWorkloadSelector } from '../../validation/metadata.ts';
import { validateAlwaysRestarting } from './template.ts';

export const deployments = defineResource<Deployment>(facts.apps.v1.Deployment, {
  scale: { specReplicas: '.spec.replicas', statusReplicas: '.status.replicas', labelSelector: '.spec.selector' },
  prepareForUpdate: (deployment, old, { subresource }) =>
    subresource === 'status' ? deployment : withGeneration(deployment, old),
  validate: validateDeployment,
  validateUpdate: ({ spec }, { spec: old }) => immutable('spec.selector', spec?.selector, old?.selector),
  validateStatus: ({ status }, { status: old }) => [...validateCounts(status), ...collisionsKept(status, old)],
  warnings: (object, old) => [
    ...(old ? [] : podNameWarnings(object)),
    ...templateWarnings<Deployment>('spec.template', ({ spec }) => spec?.template)(object, old),
  ],
  cells: (deployment, now) => {
    const { spec, status } = deployment;
    return [
      deployment.metadata.name,
      `${status?.readyReplicas ?? 0}/${spec?.replicas ?? 0}`,
      status?.updatedReplicas ?? 0,
      status?.availableReplicas ?? 0,
      age(deployment, now),
      ...containersAndImages(spec?.template?.spec),
      formatLabelSelector(spec?.selector),
    ];
  },
});

/** Annotations count as well: replica sets get them. */
function withGeneration(deployment: Deployment, { metadata: old }: Deployment): Deployment {
  const { metadata } = deployment;
  const isSame = sameValue(metadata.annotations ?? {}, old.annotations ?? {});
  return isSame ? deployment : { ...deployment, metadata: { ...metadata, generation: (old.generation ?? 0) + 1 } };
}

const COUNTS = [
  'observedGeneration',
  'replicas',
  'updatedReplicas',
  'readyReplicas',
  'availableReplicas',
  'unavailableReplicas',
  'terminatingReplicas',
  'collisionCount',
] as const;

const validateCounts = (status: DeploymentStatus | undefined): FieldError[] => [
  ...nonNegativeCounts(status, COUNTS),
  ...partsOf(status, 'replicas', { keys: ['updatedReplicas', 'readyReplicas', 'availableReplicas'] }),
  ...partsOf(status, 'readyReplicas', { keys: ['availableReplicas'], shown: 'readyReplicas' }),
];

function validateDeployment({ spec }: Deployment): FieldError[] {
  const { minReadySeconds = 0, progressDeadlineSeconds } = spec ?? {};
  return [
    ...nonNegative('spec.replicas', spec?.replicas),
    ...validateWorkloadSelector(spec, { kind: 'deployment', ifUnreadable: 'invalid label selector' }),
    ...validateAlwaysRestarting(spec?.template, { field: 'spec.template', kind: 'ReplicaSet' }),
    ...validateStrategy(spec?.strategy, 'spec.strategy'),
    ...nonNegative('spec.minReadySeconds', minReadySeconds),
    ...nonNegative('spec.revisionHistoryLimit', spec?.revisionHistoryLimit),
    ...nonNegative('spec.progressDeadlineSeconds', progressDeadlineSeconds),
    ...(progressDeadlineSeconds !== undefined && progressDeadlineSeconds <= minReadySeconds
      ? [invalid('spec.progressDeadlineSeconds', progressDeadlineSeconds, 'must be greater than minReadySeconds')]
      : []),
  ];
}

function validateStrategy(strategy: DeploymentStrategy | undefined, at: string): FieldError[] {
  if (!strategy) return [];
  const update = strategy.rollingUpdate;
  if (strategy.type === 'Recreate')
    return update ? [forbidden(`${at}.rollingUpdate`, "may not be specified when strategy `type` is 'Recreate'")] : [];
  if (strategy.type !== 'RollingUpdate')
    return [
      notSupported(at, { Type: strategy.type ?? '', RollingUpdate: asGo(update) }, ['Recreate', 'RollingUpdate']),
    ];
  if (!update) return [required(`${at}.rollingUpdate`, 'this should be defaulted and never be nil')];
  const place = `${at}.rollingUpdate`;
  const none = (value: IntOrString | undefined) => countOf(value) === 0;
  return [
    ...countOrPercent(`${place}.maxUnavailable`, update.maxUnavailable),
    ...countOrPercent(`${place}.maxSurge`, update.maxSurge),
    ...(none(update.maxUnavailable) && none(update.maxSurge)
      ? [invalid(`${place}.maxUnavailable`, update.maxUnavailable, 'may not be 0 when `maxSurge` is 0')]
      : []),
    ...notAbove100Percent(`${place}.maxUnavailable`, update.maxUnavailable),
  ];
}

/** The message shows the strategy as its Go struct. */
const asGo = (update: DeploymentStrategy['rollingUpdate']) =>
  update ? { MaxUnavailable: update.maxUnavailable ?? 0, MaxSurge: update.maxSurge ?? 0 } : null;
