/** A container as a runtime sees it, from its spec and what was found out for it (env, mounts, image). Pure. */
import type { Container, EphemeralContainer, Pod } from '@mkube/api';
import type { ContainerConfig, Image, Mount } from '@mkube/runtime';
import type { Environment } from './env.ts';
import { expand } from './expand.ts';
import { containerAnnotations, containerLabels } from './labels.ts';
import { type ResourceNode, resourcesOf } from './resources.ts';
import { type SecurityNode, securityOf } from './security.ts';

export interface ContainerFacts {
  attempt: number;
  nextBackOffSeconds: number;
  image: Image;
  /** The name that the runtime knows the image by. */
  imageRef: string;
  env: Environment;
  mounts: Mount[];
  /** Relative to the sandbox's log folder. */
  logPath: string;
  node: ResourceNode;
  security: SecurityNode;
  targetContainerId?: string;
}

export function containerConfigOf(
  pod: Pod,
  container: Container | EphemeralContainer,
  facts: ContainerFacts,
): ContainerConfig {
  const { attempt, nextBackOffSeconds: backOffSeconds, env } = facts;
  const expandAll = (words: string[] = []): string[] => words.map((word) => expand(word, env));
  return {
    name: container.name,
    attempt,
    image: facts.imageRef,
    command: expandAll(container.command),
    args: expandAll(container.args),
    workingDir: container.workingDir ?? '',
    env: [...env].map(([name, value]) => ({ name, value })),
    mounts: facts.mounts,
    devices: [],
    labels: containerLabels(pod, container),
    annotations: containerAnnotations(pod, container, { attempt, backOffSeconds }),
    logPath: facts.logPath,
    stdin: container.stdin ?? false,
    stdinOnce: container.stdinOnce ?? false,
    tty: container.tty ?? false,
    resources: resourcesOf(pod, container, facts.node),
    security: securityOf(pod, container, { image: facts.image, node: facts.security }),
    ...(facts.targetContainerId && { targetContainerId: facts.targetContainerId }),
    ...(container.lifecycle?.stopSignal && { stopSignal: container.lifecycle.stopSignal }),
  };
}
