/** Finalizers of a custom resource that say nothing of whose they are: accepted, and likely to be somebody else's as well. Pure. */
import type { KubernetesObject } from '@mkube/apimachinery';
import { isStandardFinalizer } from '../handlers/validate-metadata.ts';

export function finalizerWarnings({ metadata }: KubernetesObject, old?: KubernetesObject): string[] {
  const known = new Set(old?.metadata.finalizers);
  const added = new Set(metadata.finalizers?.filter((name) => !known.has(name)));
  return [...added]
    .filter((name) => !name.includes('/') && !isStandardFinalizer(name))
    .toSorted()
    .map(
      (name) =>
        `metadata.finalizers: ${JSON.stringify(name)}: prefer a domain-qualified finalizer name ${inFull(name)}`,
    );
}

const inFull = (name: string): string =>
  `${name.includes('.') ? 'including a path (/) ' : ''}to avoid accidental conflicts with other finalizer writers`;
