/** The patch that makes `current` into `modified`: strategic where the kind's facts are known, a merge patch otherwise. */
import type { KubernetesObject } from '@mkube/apimachinery';
import { createMergePatch, createStrategicPatch } from './three-way.ts';

export interface ThreeWay {
  /** What was applied last; the same as `current` where only the two count. */
  original: KubernetesObject | undefined;
  modified: KubernetesObject;
  current: KubernetesObject;
}

export interface Patch {
  patch: Record<string, unknown>;
  contentType: string;
}

export async function patchOf(three: ThreeWay): Promise<Patch> {
  const { typeFacts, typeNameOf } = await import('@mkube/api');
  const type = typeNameOf(three.modified.apiVersion, three.modified.kind);
  const values = three as unknown as Parameters<typeof createMergePatch>[0];
  return type === undefined
    ? { patch: createMergePatch(values), contentType: 'application/merge-patch+json' }
    : { patch: createStrategicPatch(values, type, typeFacts), contentType: 'application/strategic-merge-patch+json' };
}
