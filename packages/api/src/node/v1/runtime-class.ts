/** RuntimeClass, node.k8s.io/v1: what the facts do not hold. */
import { type FieldError, duplicate, validateLabels } from '@mkube/apimachinery';
import { age } from '../../cells.ts';
import { validateTolerations } from '../../core/v1/pod/validation/scheduling.ts';
import { defineResource } from '../../define.ts';
import { facts } from '../../generated/resources.ts';
import type { Toleration } from '../../generated/types/core-v1.ts';
import type { RuntimeClass } from '../../generated/types/node-v1.ts';
import { dnsLabel, immutable } from '../../validation/checks.ts';
import { validateContainerResources } from '../../validation/resources.ts';

export const runtimeClasses = defineResource<RuntimeClass>(facts.node.v1.RuntimeClass, {
  finalizerNames: 'qualified',
  validate: ({ handler, overhead, scheduling }) => [
    ...dnsLabel('handler', handler),
    // judged as what a container may use
    ...validateContainerResources(overhead?.podFixed && { limits: overhead.podFixed }, { field: 'overhead' }),
    ...validateLabels(scheduling?.nodeSelector, 'scheduling.nodeSelector'),
    ...validateTolerations(scheduling?.tolerations, 'scheduling.tolerations'),
    ...repeated(scheduling?.tolerations ?? [], 'scheduling.tolerations'),
  ],
  validateUpdate: ({ handler }, old) => immutable('handler', handler, old.handler),
  cells: (object, now) => [object.metadata.name, object.handler, age(object, now)],
});

/** One of each key, operator, value and effect. The message shows tolerations as their Go struct. */
function repeated(tolerations: readonly Toleration[], at: string): FieldError[] {
  const seen = new Set<string>();
  return tolerations.flatMap(({ key = '', operator = '', value = '', effect = '', tolerationSeconds }, i) => {
    const shown = { Key: key, Operator: operator, Value: value, Effect: effect };
    const text = JSON.stringify(shown);
    if (seen.has(text)) return [duplicate(`${at}[${i}]`, { ...shown, TolerationSeconds: tolerationSeconds ?? null })];
    seen.add(text);
    return [];
  });
}
