/** Which local port goes to which port of a pod, out of '8080:80', ':http', '5000', and a Service's ports where one was named. Pure. */
import type { Pod, Service } from '@mkube/api';
import { CommandError } from '../io.ts';

export interface ForwardedPort {
  /** 0: any that is free. */
  local: number;
  remote: number;
}

export function forwardedPorts(words: readonly string[], pod: Pod, service?: Service): ForwardedPort[] {
  return words.map((word) => {
    const [first = '', second] = word.split(':');
    const remoteWord = second ?? first;
    if (remoteWord === '') throw new CommandError('remote port cannot be empty');
    const declared = service ? servicePort(service, remoteWord) : undefined;
    const remote = declared ? targetOf(declared.targetPort ?? declared.port, pod) : podPort(remoteWord, pod);
    const local = second === undefined ? (declared?.port ?? remote) : first === '' ? 0 : portOf(first, word);
    return { local, remote };
  });
}

function portOf(text: string, word: string): number {
  const port = Number(text);
  if (!/^\d+$/.test(text) || port > 65_535)
    throw new CommandError(`error parsing local port '${text}' of '${word}': must be between 0 and 65535`);
  return port;
}

function podPort(word: string, pod: Pod): number {
  if (!/^\d+$/.test(word)) return targetOf(word, pod);
  const port = Number(word);
  if (port < 1 || port > 65_535) throw new CommandError('remote port must be > 0');
  const declared = pod.spec.containers.flatMap((c) => c.ports ?? []).filter((p) => p.containerPort === port);
  if (declared.length > 0 && declared.every((p) => p.protocol === 'UDP'))
    throw new CommandError(`UDP protocol is not supported for ${word}`);
  return port;
}

function servicePort({ metadata, spec }: Service, word: string) {
  const ports = spec.ports ?? [];
  const found = ports.find((p) => (/^\d+$/.test(word) ? p.port === Number(word) : p.name === word));
  if (!found)
    throw new CommandError(
      /^\d+$/.test(word)
        ? `Service ${metadata.name} does not have a service port ${word}`
        : `Service '${metadata.name}' does not have a named port '${word}'`,
    );
  if (found.protocol === 'UDP') throw new CommandError(`UDP protocol is not supported for ${word}`);
  return found;
}

function targetOf(target: number | string, { metadata, spec }: Pod): number {
  if (typeof target === 'number') return target;
  const named = spec.containers.flatMap((c) => c.ports ?? []).find((p) => p.name === target);
  if (!named) throw new CommandError(`Pod '${metadata.name}' does not have a named port '${target}'`);
  return named.containerPort;
}
