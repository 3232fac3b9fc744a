/** Warnings of kinds that make pods by a template: told when the spec is new or another one, not at every change of labels. */
import { type KubernetesObject, checkDns1123Label } from '@mkube/apimachinery';
import type { PodTemplateSpec } from '../../../../generated/types/core-v1.ts';
import { podWarnings } from './pod.ts';

export const templateWarnings =
  <T extends KubernetesObject>(root: string, templateOf: (object: T) => PodTemplateSpec | undefined) =>
  (object: T, old?: T): string[] =>
    old && old.metadata.generation === object.metadata.generation ? [] : podWarnings(templateOf(object), root);

/** Names of pods are made of the names of these kinds. */
export function podNameWarnings({ metadata: { name } }: KubernetesObject): string[] {
  const faults = checkDns1123Label(name);
  return faults.length === 0
    ? []
    : [
        `metadata.name: this is used in Pod names and hostnames, which can result in surprising behavior; a DNS label is recommended: [${faults.join(' ')}]`,
      ];
}
