/** A pod as a runtime sees it: the configuration of its sandbox. Pure. */
import type { Pod } from '@mkube/api';
import type { PortMapping, SandboxConfig } from '@mkube/runtime';
import { podLabels } from './labels.ts';
import type { Resolver } from './dns.ts';

export interface SandboxFacts {
  attempt: number;
  hostname: string;
  logDirectory: string;
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
    ...expectedImageOf(pod),
    cgroupParent: facts.cgroupParent,
  };
}

/** Not where it is pulled anew for every start. */
function expectedImageOf({ spec }: Pod): { expectedImage?: string } {
  const { image, imagePullPolicy } = [...(spec.initContainers ?? []), ...spec.containers][0] ?? {};
  return image && imagePullPolicy !== 'Always' ? { expectedImage: image } : {};
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
