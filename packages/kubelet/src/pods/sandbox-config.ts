/** A pod as a runtime sees it: the configuration of its sandbox. Pure. */
import type { Pod } from '@mkube/api';
import type { PortMapping, SandboxConfig } from '@mkube/runtime';
import { podLabels } from './labels.ts';
import type { Resolver } from './dns.ts';

export interface SandboxFacts {
  attempt: number;
  hostname: string;
  logDirectory: string;
  /** Of a container's first attempt, in that folder. */
  firstLogOf(container: string): string;
  resolver: Resolver;
  cgroupParent: string;
}

export function sandboxConfigOf(pod: Pod, facts: SandboxFacts): SandboxConfig {
  const { metadata, spec } = pod;
  return {
    name: metadata.name,
    namespace: metadata.namespace,
    uid: metadata.uid,
    attempt: facts.attempt,
    hostname: facts.hostname,
    logDirectory: facts.logDirectory,
    labels: podLabels(pod),
    annotations: {},
    dns: facts.resolver,
    portMappings: portMappingsOf(pod),
    network: spec.hostNetwork ? 'node' : 'pod',
    privileged: [...(spec.initContainers ?? []), ...spec.containers].some(
      ({ securityContext }) => securityContext?.privileged,
    ),
    pid: spec.hostPID ? 'node' : spec.shareProcessNamespace ? 'pod' : 'container',
    ipc: spec.hostIPC ? 'node' : 'pod',
    sysctls: Object.fromEntries((spec.securityContext?.sysctls ?? []).map(({ name, value }) => [name, value])),
    ...expectedOf(pod, facts),
    cgroupParent: facts.cgroupParent,
  };
}

/** Not where its image is pulled anew for every start, nor in a later sandbox, where it may have been tried before. */
function expectedOf({ spec }: Pod, { attempt, firstLogOf }: SandboxFacts): Pick<SandboxConfig, 'expected'> {
  const [first] = [...(spec.initContainers ?? []), ...spec.containers];
  if (!first?.image || first.imagePullPolicy === 'Always' || attempt > 0) return {};
  const { name, image, tty = false, stdin = false, stdinOnce = false } = first;
  return { expected: { image, logPath: firstLogOf(name), tty, stdin, stdinOnce } };
}

export const portMappingsOf = ({ spec }: Pod): PortMapping[] =>
  spec.hostNetwork
    ? []
    : [...(spec.initContainers ?? []), ...spec.containers]
        .flatMap(({ ports = [] }) => ports)
        .filter(({ hostPort }) => hostPort)
        .map(({ protocol = 'TCP', containerPort, hostPort = 0, hostIP }) => ({
          protocol: protocol as PortMapping['protocol'],
          containerPort,
          hostPort,
          ...(hostIP && { hostIP }),
        }));
