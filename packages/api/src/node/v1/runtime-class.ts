/** RuntimeClass, node.k8s.io/v1: what the facts do not hold. */
import { validateLabels } from '@mkube/apimachinery';
import { age } from '../../cells.ts';
import { validateTolerations } from '../../core/v1/pod/validation/scheduling.ts';
import { defineResource } from '../../define.ts';
import { facts } from '../../generated/resources.ts';
import type { RuntimeClass } from '../../generated/types/node-v1.ts';
import { dnsLabel, immutable } from '../../validation/checks.ts';
import { validateAmounts } from '../../validation/resources.ts';

export const runtimeClasses = defineResource<RuntimeClass>(facts.node.v1.RuntimeClass, {
  validate: ({ handler, overhead, scheduling }) => [
    ...(handler ? dnsLabel('handler', handler) : []),
    ...validateAmounts(overhead?.podFixed, 'overhead.podFixed'),
    ...validateLabels(scheduling?.nodeSelector, 'scheduling.nodeSelector'),
    ...validateTolerations(scheduling?.tolerations, 'scheduling.tolerations'),
  ],
  validateUpdate: ({ handler }, old) => immutable('handler', handler, old.handler),
  cells: (object, now) => [object.metadata.name, object.handler, age(object, now)],
});
