/** StatefulSet, apps/v1: what the facts do not hold. */
import { type FieldError, checkDns1123Label, forbidden, invalid, notSupported, required } from '@mkube/apimachinery';
import { age, containersAndImages } from '../../cells.ts';
import { validateClaimSpec } from '../../core/v1/persistent-volume-claim.ts';
import { claimSpecWarnings } from '../../core/v1/pod/warnings/volumes.ts';
import { templateWarnings } from '../../core/v1/pod/warnings/template.ts';
import { defineResource } from '../../define.ts';
import { facts } from '../../generated/resources.ts';
import type { StatefulSet, StatefulSetSpec, StatefulSetStatus } from '../../generated/types/apps-v1.ts';
import {
  countOf,
  countOrPercent,
  each,
  format,
  nonNegative,
  notAbove100Percent,
  sameValue,
} from '../../validation/checks.ts';
import { validateTemplateMetadata, validateWorkloadSelector } from '../../validation/metadata.ts';
import { collisionsKept, nonNegativeCounts, partsOf } from '../../validation/status.ts';
import { validateAlwaysRestarting } from './template.ts';

export const statefulSets = defineResource<StatefulSet>(facts.apps.v1.StatefulSet, {
  nameFormat: 'label',
  scale: { specReplicas: '.spec.replicas', statusReplicas: '.status.replicas', labelSelector: '.spec.selector' },
  validate: ({ spec }, old) => validateSpec(spec, old !== undefined),
  validateUpdate,
  validateStatus: ({ status }, { status: old }) => [...validateCounts(status), ...collisionsKept(status, old)],
  warnings: (set, old) => [
    ...templateWarnings<StatefulSet>('spec.template', ({ spec }) => spec?.template)(set, old),
    ...(set.spec?.volumeClaimTemplates ?? []).flatMap((claim, i) =>
      claimSpecWarnings(claim.spec, `spec.volumeClaimTemplates[${i}]`),
    ),
    ...((set.spec?.revisionHistoryLimit ?? 0) < 0
      ? ['spec.revisionHistoryLimit: a negative value retains all historical revisions; a value >= 0 is recommended']
      : []),
  ],
  cells: (set, now) => [
    set.metadata.name,
    `${set.status?.readyReplicas ?? 0}/${set.spec?.replicas ?? 0}`,
    age(set, now),
    ...containersAndImages(set.spec?.template?.spec),
  ],
});

const PARTS = ['readyReplicas', 'currentReplicas', 'updatedReplicas', 'availableReplicas'] as const;

const validateCounts = (status: StatefulSetStatus | undefined): FieldError[] => [
  ...nonNegativeCounts(status, ['replicas', ...PARTS, 'observedGeneration', 'collisionCount']),
  ...partsOf(status, 'replicas', { keys: PARTS }),
  ...partsOf(status, 'readyReplicas', { keys: ['availableReplicas'] }),
];

/** What cannot change any more is not judged again. */
function validateSpec(spec: StatefulSetSpec | undefined, isUpdate: boolean): FieldError[] {
  if (!spec) return [];
  return [
    ...validatePolicy(spec.podManagementPolicy),
    ...validateStrategy(spec.updateStrategy),
    ...validateRetention(spec.persistentVolumeClaimRetentionPolicy),
    ...each(isUpdate ? [] : spec.volumeClaimTemplates, 'spec.volumeClaimTemplates', (claim, at) =>
      validateClaimSpec(claim.spec, `${at}.spec`),
    ),
    ...nonNegative('spec.replicas', spec.replicas),
    ...nonNegative('spec.minReadySeconds', spec.minReadySeconds),
    ...nonNegative('spec.ordinals.start', spec.ordinals?.start),
    ...(spec.serviceName && !isUpdate ? format('spec.serviceName', spec.serviceName, checkDns1123Label) : []),
    ...validateWorkloadSelector(spec, { kind: 'statefulset', ifUnreadable: '' }),
    // what the controller names itself is not judged
    ...validateAlwaysRestarting(withClaims(spec), { field: 'spec.template', kind: 'StatefulSet' }),
    ...validateTemplateMetadata(spec.template?.metadata, 'spec.template'),
  ];
}

const RETENTIONS = ['Retain', 'Delete'];

const validateRetention = (policy: StatefulSetSpec['persistentVolumeClaimRetentionPolicy']): FieldError[] =>
  (['whenDeleted', 'whenScaled'] as const).flatMap((key) => {
    const value = policy?.[key] ?? '';
    return !policy || RETENTIONS.includes(value)
      ? []
      : [notSupported(`spec.persistentVolumeClaimRetentionPolicy.${key}`, value, RETENTIONS)];
  });

function validatePolicy(policy: string | undefined): FieldError[] {
  const at = 'spec.podManagementPolicy';
  if (!policy) return [required(at)];
  return policy === 'OrderedReady' || policy === 'Parallel'
    ? []
    : [invalid(at, policy, "must be 'OrderedReady' or 'Parallel'")];
}

/** Containers may mount the claims that each pod gets of its own. */
function withClaims({ template, volumeClaimTemplates = [] }: StatefulSetSpec): StatefulSetSpec['template'] {
  if (!template?.spec) return template;
  const { hostname: _h, subdomain: _s, ...own } = template.spec;
  const volumes = own.volumes ?? [];
  const claims = volumeClaimTemplates
    .map(({ metadata }) => metadata?.name ?? '')
    .map((name) => ({ name, persistentVolumeClaim: { claimName: name } }));
  const others = volumes.filter(({ name }) => !claims.some((claim) => claim.name === name));
  return { ...template, spec: { ...own, volumes: [...claims, ...others] } };
}

function validateStrategy(strategy: StatefulSetSpec['updateStrategy']): FieldError[] {
  const at = 'spec.updateStrategy';
  if (strategy?.type === 'OnDelete')
    return strategy.rollingUpdate
      ? [invalid(`${at}.rollingUpdate`, strategy.rollingUpdate, `only allowed for updateStrategy 'RollingUpdate'`)]
      : [];
  if (!strategy?.type) return [required(at)];
  const update = strategy.rollingUpdate;
  if (strategy.type !== 'RollingUpdate') {
    // the message shows the strategy as its Go struct
    const shown = update ? { Partition: update.partition ?? 0, MaxUnavailable: update.maxUnavailable ?? null } : null;
    return [invalid(at, { Type: strategy.type, RollingUpdate: shown }, "must be 'RollingUpdate' or 'OnDelete'")];
  }
  const most = `${at}.rollingUpdate.maxUnavailable`;
  return [
    ...nonNegative(`${at}.rollingUpdate.partition`, update?.partition),
    ...countOrPercent(most, update?.maxUnavailable),
    ...(update?.maxUnavailable !== undefined && countOf(update.maxUnavailable) === 0
      ? [invalid(most, update.maxUnavailable, 'cannot be 0')]
      : []),
    ...notAbove100Percent(most, update?.maxUnavailable),
  ];
}

const MAY_CHANGE = [
  'replicas',
  'ordinals',
  'template',
  'updateStrategy',
  'revisionHistoryLimit',
  'persistentVolumeClaimRetentionPolicy',
  'minReadySeconds',
] as const satisfies readonly (keyof StatefulSetSpec)[];

function validateUpdate({ spec }: StatefulSet, { spec: old }: StatefulSet): FieldError[] {
  const fixed = (from: StatefulSetSpec | undefined) =>
    Object.fromEntries(Object.entries(from ?? {}).filter(([key]) => !MAY_CHANGE.some((name) => name === key)));
  if (sameValue(fixed(spec), fixed(old))) return [];
  const names =
    "'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds'";
  return [forbidden('spec', `updates to statefulset spec for fields other than ${names} are forbidden`)];
}
