/** What is accepted in a pod or a pod template but is hardly meant: shown to whoever writes it, in Kubernetes' words. */
import type {
  Affinity,
  NodeAffinity,
  PodAffinityTerm,
  PodSpec,
  PodTemplateSpec,
  WeightedPodAffinityTerm,
} from '../../../../generated/types/core-v1.ts';
import { addressWarnings } from '../../../../validation/ip-warnings.ts';
import { deprecatedNodeLabel, nodeSelectorTermWarnings } from '../../node-labels.ts';
import { containerWarnings } from './containers.ts';
import { fractionalBytes } from './fractional.ts';
import { volumeWarnings } from './volumes.ts';

type Annotations = Readonly<Record<string, string>> | undefined;

/** `root` is where the template stands: 'spec.template'; '' for a pod. */
export function podWarnings(template: Partial<PodTemplateSpec> | undefined, root = ''): string[] {
  const spec = template?.spec;
  if (!spec) return [];
  const under = (key: string): string => (root ? `${root}.${key}` : key);
  const field = under('spec');
  const annotations = template.metadata?.annotations;
  const at = under('metadata.annotations');
  return [
    ...selectorWarnings(spec, field),
    ...annotationWarnings(annotations, at, spec),
    ...volumeWarnings(spec.volumes, `${field}.volumes`),
    ...repeated(spec.hostAliases, ({ ip }, i) => [`${field}.hostAliases[${i}].ip`, 'ip', ip]),
    ...repeated(spec.imagePullSecrets, ({ name = '' }, i) => [`${field}.imagePullSecrets[${i}].name`, 'name', name]),
    ...(spec.imagePullSecrets ?? []).flatMap(({ name }, i) =>
      name ? [] : [`${field}.imagePullSecrets[${i}].name: invalid empty name ""`],
    ),
    ...fractionalBytes(spec.overhead, `${field}.overhead`),
    ...containerWarnings(spec, { field, annotations, annotationsAt: at, isTemplate: root !== '' }),
    ...((spec.terminationGracePeriodSeconds ?? 0) < 0
      ? [`${field}.terminationGracePeriodSeconds: must be >= 0; negative values are invalid and will be treated as 1`]
      : []),
    ...affinityWarnings(spec.affinity, `${field}.affinity`),
    ...(spec.dnsConfig?.nameservers ?? []).flatMap((ip, i) =>
      addressWarnings(`${field}.dnsConfig.nameservers[${i}]`, ip),
    ),
    ...(spec.hostAliases ?? []).flatMap(({ ip }, i) => addressWarnings(`${field}.hostAliases[${i}].ip`, ip)),
  ];
}

const DEPRECATED_ANNOTATIONS: Readonly<Record<string, string>> = {
  'scheduler.alpha.kubernetes.io/critical-pod': 'non-functional in v1.16+; use the "priorityClassName" field instead',
  'security.alpha.kubernetes.io/sysctls': 'non-functional in v1.11+; use the "sysctls" field instead',
  'security.alpha.kubernetes.io/unsafe-sysctls': 'non-functional in v1.11+; use the "sysctls" field instead',
};
const SECCOMP = 'seccomp.security.alpha.kubernetes.io/pod';

function annotationWarnings(annotations: Annotations, at: string, spec: PodSpec): string[] {
  if (!annotations) return [];
  const seccomp = !spec.securityContext?.seccompProfile && Object.hasOwn(annotations, SECCOMP);
  return [
    ...Object.entries(DEPRECATED_ANNOTATIONS)
      .filter(([key]) => Object.hasOwn(annotations, key))
      .map(([key, text]) => `${at}[${key}]: ${text}`),
    ...(seccomp ? [`${at}[${SECCOMP}]: non-functional in v1.27+; use the "seccompProfile" field instead`] : []),
  ];
}

const selectorWarnings = (spec: PodSpec, field: string): string[] => [
  ...Object.keys(spec.nodeSelector ?? {}).flatMap((key) => {
    const instead = deprecatedNodeLabel(key);
    return instead ? [`${field}.nodeSelector[${key}]: ${instead}`] : [];
  }),
  ...nodeAffinityWarnings(spec.affinity?.nodeAffinity, `${field}.affinity.nodeAffinity`),
  ...(spec.topologySpreadConstraints ?? []).flatMap(({ topologyKey, labelSelector }, i) => {
    const at = `${field}.topologySpreadConstraints[${i}]`;
    const instead = deprecatedNodeLabel(topologyKey);
    return [
      ...(instead ? [`${at}.topologyKey: ${topologyKey} is ${instead}`] : []),
      ...(labelSelector ? [] : [matchesNone(at)]),
    ];
  }),
];

function nodeAffinityWarnings(affinity: NodeAffinity | undefined, at: string): string[] {
  const required = affinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms ?? [];
  const preferred = affinity?.preferredDuringSchedulingIgnoredDuringExecution ?? [];
  const place = `${at}.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms`;
  return [
    ...required.flatMap((term, i) => nodeSelectorTermWarnings(term, `${place}[${i}]`)),
    ...preferred.flatMap(({ preference }, i) =>
      nodeSelectorTermWarnings(preference, `${at}.preferredDuringSchedulingIgnoredDuringExecution[${i}].preference`, {
        judgeValues: true,
      }),
    ),
  ];
}

const matchesNone = (at: string): string => `${at}.labelSelector: a null labelSelector results in matching no pod`;

const affinityWarnings = (affinity: Affinity | undefined, field: string): string[] =>
  (['podAffinity', 'podAntiAffinity'] as const).flatMap((key) => [
    ...termWarnings(
      affinity?.[key]?.requiredDuringSchedulingIgnoredDuringExecution,
      `${field}.${key}.requiredDuringSchedulingIgnoredDuringExecution`,
    ),
    ...weightedWarnings(
      affinity?.[key]?.preferredDuringSchedulingIgnoredDuringExecution,
      `${field}.${key}.preferredDuringSchedulingIgnoredDuringExecution`,
    ),
  ]);

const termWarnings = (terms: readonly PodAffinityTerm[] | undefined, at: string): string[] =>
  (terms ?? []).flatMap(({ labelSelector }, i) => (labelSelector ? [] : [matchesNone(`${at}[${i}]`)]));

const weightedWarnings = (terms: readonly WeightedPodAffinityTerm[] | undefined, at: string): string[] =>
  (terms ?? []).flatMap(({ podAffinityTerm }, i) =>
    podAffinityTerm?.labelSelector ? [] : [matchesNone(`${at}[${i}].podAffinityTerm`)],
  );

function repeated<T>(
  items: readonly T[] | undefined,
  of: (item: T, index: number) => readonly [field: string, what: string, value: string],
): string[] {
  const seen = new Set<string>();
  return (items ?? []).flatMap((item, i) => {
    const [field, what, value] = of(item, i);
    if (seen.has(value)) return [`${field}: duplicate ${what} ${JSON.stringify(value)}`];
    seen.add(value);
    return [];
  });
}
