/** StatefulSet, apps/v1: what the facts do not hold. */
import { type FieldError, forbidden, invalid } from '@mkube/apimachinery';
import { age, containersAndImages } from '../../cells.ts';
import { podTemplateWarnings } from '../../core/v1/pod/warnings.ts';
import { defineResource } from '../../define.ts';
import { facts } from '../../generated/resources.ts';
import type { StatefulSet, StatefulSetSpec } from '../../generated/types/apps-v1.ts';
import { countOrPercent, dnsSubdomain, nonNegative, sameValue } from '../../validation/checks.ts';
import { validateWorkloadSelector } from '../../validation/metadata.ts';
import { validateAlwaysRestarting } from './template.ts';

export const statefulSets = defineResource<StatefulSet>(facts.apps.v1.StatefulSet, {
  acts: true,
  scale: { specReplicas: '.spec.replicas', statusReplicas: '.status.replicas', labelSelector: '.spec.selector' },
  validate: ({ spec }) => validateSpec(spec),
  validateUpdate: (set, old, { subresource }) => (subresource === 'status' ? [] : validateUpdate(set, old)),
  warnings: ({ spec }) => podTemplateWarnings(spec?.template),
  cells: (set, now) => [
    set.metadata.name,
    `${set.status?.readyReplicas ?? 0}/${set.spec?.replicas ?? 0}`,
    age(set, now),
    ...containersAndImages(set.spec?.template?.spec),
  ],
});

function validateSpec(spec: StatefulSetSpec | undefined): FieldError[] {
  if (!spec) return [];
  return [
    ...validateStrategy(spec.updateStrategy),
    ...nonNegative('spec.replicas', spec.replicas),
    ...nonNegative('spec.minReadySeconds', spec.minReadySeconds),
    ...nonNegative('spec.ordinals.start', spec.ordinals?.start),
    ...nonNegative('spec.revisionHistoryLimit', spec.revisionHistoryLimit),
    ...(spec.serviceName ? dnsSubdomain('spec.serviceName', spec.serviceName) : []),
    ...(spec.selector ? validateWorkloadSelector(spec.selector, spec.template, 'statefulset') : []),
    ...validateAlwaysRestarting(withClaims(spec), { field: 'spec.template', kind: 'StatefulSet' }),
  ];
}

/** Containers may mount the claims that each pod gets of its own. */
function withClaims({ template, volumeClaimTemplates = [] }: StatefulSetSpec): StatefulSetSpec['template'] {
  if (!template.spec || volumeClaimTemplates.length === 0) return template;
  const volumes = template.spec.volumes ?? [];
  const claims = volumeClaimTemplates
    .map(({ metadata }) => metadata.name)
    .filter((name) => !volumes.some((volume) => volume.name === name))
    .map((name) => ({ name, persistentVolumeClaim: { claimName: name } }));
  return { ...template, spec: { ...template.spec, volumes: [...volumes, ...claims] } };
}

function validateStrategy(strategy: StatefulSetSpec['updateStrategy']): FieldError[] {
  const at = 'spec.updateStrategy';
  if (strategy?.type === 'OnDelete')
    return strategy.rollingUpdate
      ? [invalid(`${at}.rollingUpdate`, strategy.rollingUpdate, `only allowed for updateStrategy 'RollingUpdate'`)]
      : [];
  return [
    ...nonNegative(`${at}.rollingUpdate.partition`, strategy?.rollingUpdate?.partition),
    ...countOrPercent(`${at}.rollingUpdate.maxUnavailable`, strategy?.rollingUpdate?.maxUnavailable),
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
