/** Binding, v1: what the facts do not hold. Never stored: it puts a pod onto a node. */
import { type FieldError, notSupported, required } from '@mkube/apimachinery';
import { defineResource } from '../../define.ts';
import { facts } from '../../generated/resources.ts';
import type { Binding } from '../../generated/types/core-v1.ts';

export const bindings = defineResource<Binding>(facts.core.v1.Binding, {
  validate: ({ target }) => validateTarget(target),
});

function validateTarget(target: Binding['target'] | undefined): FieldError[] {
  const faults: FieldError[] = [];
  if (target?.kind && target.kind !== 'Node')
    faults.push(notSupported('target.kind', target.kind, ['Node', '<empty>']));
  if (!target?.name) faults.push(required('target.name'));
  return faults;
}
