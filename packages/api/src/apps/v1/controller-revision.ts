/** ControllerRevision, apps/v1: what the facts do not hold. */
import { controllerOf, groupOf, required } from '@mkube/apimachinery';
import { NONE, age } from '../../cells.ts';
import { defineResource } from '../../define.ts';
import { facts } from '../../generated/resources.ts';
import type { ControllerRevision } from '../../generated/types/apps-v1.ts';
import { immutable, nonNegative } from '../../validation/checks.ts';

export const controllerRevisions = defineResource<ControllerRevision>(facts.apps.v1.ControllerRevision, {
  validate: ({ data, revision }) => [
    ...(data == null ? [required('data', 'data is mandatory')] : []),
    ...nonNegative('revision', revision),
  ],
  validateUpdate: ({ data }, old) => immutable('data', data, old.data),
  cells: (revision, now) => [revision.metadata.name, ownerText(revision), revision.revision, age(revision, now)],
});

/** 'daemonset.apps/web' */
function ownerText(revision: ControllerRevision): string {
  const owner = controllerOf(revision);
  if (!owner) return NONE;
  const group = groupOf(owner.apiVersion);
  return `${`${owner.kind}${group ? `.${group}` : ''}`.toLowerCase()}/${owner.name}`;
}
