/** Containers that are accepted as they are, and where they contradict themselves or one another. */
import { isDeepStrictEqual } from 'node:util';
import type { Container, ContainerPort, EnvVar, PodSpec } from '../../../../generated/types/core-v1.ts';
import { appArmorProfileOf } from '../app-armor.ts';
import { fractionalBytes } from './fractional.ts';

interface Place {
  /** Of the pod's spec. */
  field: string;
  annotations: Readonly<Record<string, string>> | undefined;
  annotationsAt: string;
  isTemplate: boolean;
}

interface Placed {
  container: Container;
  at: string;
}

/** Init containers first, as Kubernetes visits them. */
const placed = (spec: PodSpec, field: string): Placed[] =>
  (['initContainers', 'containers', 'ephemeralContainers'] as const).flatMap((key) =>
    (spec[key] ?? []).map((container, i) => ({ container: container as Container, at: `${field}.${key}[${i}]` })),
  );

export function containerWarnings(spec: PodSpec, place: Place): string[] {
  const all = placed(spec, place.field);
  return [
    ...all.flatMap(({ container, at }) => [
      ...annotated(container, spec, place),
      ...fractional(container, at),
      ...hiddenVariables(container.env, at),
    ]),
    ...portWarnings(all),
    ...portNames(all),
  ];
}

const SECCOMP = 'container.seccomp.security.alpha.kubernetes.io/';
const APP_ARMOR = 'container.apparmor.security.beta.kubernetes.io/';

function annotated(
  { name, securityContext }: Container,
  spec: PodSpec,
  { annotations, annotationsAt, isTemplate }: Place,
): string[] {
  if (!annotations) return [];
  const warnings: string[] = [];
  if (!securityContext?.seccompProfile && Object.hasOwn(annotations, SECCOMP + name))
    warnings.push(
      `${annotationsAt}[${SECCOMP + name}]: non-functional in v1.27+; use the "seccompProfile" field instead`,
    );
  const profile = annotations[APP_ARMOR + name];
  // what a pod is told comes with its annotations being read into fields
  if (!isTemplate || securityContext?.appArmorProfile || profile === undefined) return warnings;
  const ofPod = spec.securityContext?.appArmorProfile;
  if (!ofPod || !isDeepStrictEqual(ofPod, appArmorProfileOf(profile)))
    warnings.push(
      `${annotationsAt}[${APP_ARMOR + name}]: deprecated since v1.30; use the "appArmorProfile" field instead`,
    );
  return warnings;
}

const fractional = ({ resources }: Container, at: string): string[] => {
  const limits = fractionalBytes(resources?.limits, `${at}.resources.limits`);
  const requests = fractionalBytes(resources?.requests, `${at}.resources.requests`);
  return [...limits, ...requests];
};

function hiddenVariables(env: readonly EnvVar[] | undefined, at: string): string[] {
  const seen = new Set<string>();
  return (env ?? []).flatMap(({ name, value = '', valueFrom }, i) => {
    if (!seen.has(name)) return seen.add(name) && [];
    const itself = `$(${name})`;
    const hides = valueFrom !== undefined || value === itself || !value.includes(itself);
    return hides
      ? [`${at}.env[${i}]: hides previous definition of ${JSON.stringify(name)}, which may be dropped when using apply`]
      : [];
  });
}

/** Ports of all containers, which share the pod's address. */
function portWarnings(all: readonly Placed[]): string[] {
  const known = new Map<string, { at: string; port: ContainerPort }[]>();
  return ports(all).flatMap(({ at, port }) => {
    const key = `${port.containerPort}/${port.protocol ?? 'TCP'}`;
    const others = known.get(key) ?? [];
    known.set(key, [...others, { at, port }]);
    const lonely = port.hostIP && !port.hostPort ? [`${at}: hostIP set without hostPort: ${shown(port)}`] : [];
    return [...lonely, ...others.flatMap((other) => clash({ at, port }, other))];
  });
}

const ports = (all: readonly Placed[]): { at: string; port: ContainerPort }[] =>
  all.flatMap(({ container, at }) => (container.ports ?? []).map((port, i) => ({ at: `${at}.ports[${i}]`, port })));

function clash(one: { at: string; port: ContainerPort }, other: { at: string; port: ContainerPort }): string[] {
  const [a, b] = [one.port, other.port];
  const [ipA, ipB] = [a.hostIP ?? '', b.hostIP ?? ''];
  const [portA, portB] = [a.hostPort ?? 0, b.hostPort ?? 0];
  if (ipA === ipB && portA === portB) return [`${one.at}: duplicate port definition with ${other.at}`];
  if (portA === 0 || portB === 0) return [`${one.at}: overlapping port definition with ${other.at}`];
  const open = (ipA === '') !== (ipB === '');
  return portA === portB && open ? [`${one.at}: dangerously ambiguous port definition with ${other.at}`] : [];
}

/** As Go prints the struct. */
const shown = ({ name = '', hostPort = 0, containerPort, protocol = 'TCP', hostIP = '' }: ContainerPort): string =>
  `{Name:${name} HostPort:${hostPort} ContainerPort:${containerPort} Protocol:${protocol} HostIP:${hostIP}}`;

function portNames(all: readonly Placed[]): string[] {
  const seen = new Map<string, string>();
  return ports(all).flatMap(({ at, port: { name } }) => {
    if (!name) return [];
    const other = seen.get(name);
    if (other === undefined) return seen.set(name, at) && [];
    return [
      `${at}: duplicate port name ${JSON.stringify(name)} with ${other}, services and probes that select ports by name will use ${other}`,
    ];
  });
}
