/** What is accepted in a pod's spec but is hardly meant: shown to whoever writes it. */
import { milliValueOf } from '@mkube/apimachinery';
import type { Container, PodSpec, PodTemplateSpec } from '../../../generated/types/core-v1.ts';

const DEPRECATED_NODE_LABELS: Readonly<Record<string, string>> = {
  'beta.kubernetes.io/arch': 'deprecated since v1.14; use "kubernetes.io/arch" instead',
  'beta.kubernetes.io/os': 'deprecated since v1.14; use "kubernetes.io/os" instead',
  'failure-domain.beta.kubernetes.io/region': 'deprecated since v1.17; use "topology.kubernetes.io/region" instead',
  'failure-domain.beta.kubernetes.io/zone': 'deprecated since v1.17; use "topology.kubernetes.io/zone" instead',
  'beta.kubernetes.io/instance-type': 'deprecated since v1.17; use "node.kubernetes.io/instance-type" instead',
};

export function podSpecWarnings(spec: PodSpec | undefined, field: string): string[] {
  if (!spec) return [];
  const grace = spec.terminationGracePeriodSeconds;
  const lists = [
    ['initContainers', spec.initContainers],
    ['containers', spec.containers],
  ] as const;
  return [
    ...Object.keys(spec.nodeSelector ?? {})
      .filter((key) => Object.hasOwn(DEPRECATED_NODE_LABELS, key))
      .map((key) => `${field}.nodeSelector[${key}]: ${DEPRECATED_NODE_LABELS[key]}`),
    ...(grace !== undefined && grace < 0
      ? [`${field}.terminationGracePeriodSeconds: must be >= 0; negative values are invalid and will be treated as 1`]
      : []),
    ...lists.flatMap(([key, list]) => (list ?? []).flatMap((c, i) => containerWarnings(c, `${field}.${key}[${i}]`))),
  ];
}

export const podTemplateWarnings = (template: PodTemplateSpec | undefined): string[] =>
  podSpecWarnings(template?.spec, 'spec.template.spec');

const containerWarnings = (c: Container, at: string): string[] => [
  ...hiddenVariables(c, at),
  ...repeatedPorts(c, at),
  ...fractionalBytes(c, at),
];

function hiddenVariables(c: Container, at: string): string[] {
  const seen = new Set<string>();
  return (c.env ?? []).flatMap(({ name, value }, i) => {
    const hides = seen.has(name) && !value?.includes(`$(${name})`);
    seen.add(name);
    return hides
      ? [`${at}.env[${i}]: hides previous definition of ${JSON.stringify(name)}, which may be dropped when using apply`]
      : [];
  });
}

function repeatedPorts(c: Container, at: string): string[] {
  const keys = (c.ports ?? []).map(
    (p) => `${p.containerPort}/${p.protocol ?? 'TCP'}/${p.hostPort ?? 0}/${p.hostIP ?? ''}`,
  );
  return keys.flatMap((key, i) =>
    keys.indexOf(key) < i
      ? [`${at}.ports[${i}]: duplicate port definition with ${at}.ports[${keys.indexOf(key)}]`]
      : [],
  );
}

const fractionalBytes = (c: Container, at: string): string[] =>
  (['requests', 'limits'] as const).flatMap((which) =>
    (['memory', 'ephemeral-storage'] as const).flatMap((name) => {
      const amount = c.resources?.[which]?.[name];
      return amount !== undefined && milliValueOf(amount) % 1000 !== 0
        ? [
            `${at}.resources.${which}[${name}]: fractional byte value ${JSON.stringify(amount)} is invalid, must be an integer`,
          ]
        : [];
    }),
  );
