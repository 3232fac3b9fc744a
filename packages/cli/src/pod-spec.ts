/** The pod spec inside any kind that has one, and its containers by name or pattern. */
import type { Container, PodSpec } from '@mkube/api';
import type { KubernetesObject } from '@mkube/apimachinery';
import { CommandError } from './io.ts';

interface Template {
  template?: { spec?: PodSpec };
  jobTemplate?: { spec?: { template?: { spec?: PodSpec } } };
}

export function podSpecOf(object: KubernetesObject): PodSpec {
  const { spec } = object as { spec?: PodSpec & Template };
  const found =
    object.kind === 'Pod'
      ? spec
      : object.kind === 'CronJob'
        ? spec?.jobTemplate?.spec?.template?.spec
        : spec?.template?.spec;
  if (!found) throw new CommandError(`the object is not a pod or does not have a pod template: ${object.kind}`);
  return found;
}

/** Containers, then init containers; `pattern` may hold '*'. */
export function containersNamed({ containers, initContainers = [] }: PodSpec, pattern: string): Container[] {
  const expression = new RegExp(`^${pattern.split('*').map(escape).join('.*')}$`);
  return [...containers, ...initContainers].filter((c) => expression.test(c.name));
}

const escape = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
