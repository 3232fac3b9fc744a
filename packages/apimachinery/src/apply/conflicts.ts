/** Conflicts of an apply: fields that another manager owns and the intent would change. */
import { Conflict } from '../errors.ts';
import { type FieldSet, inOrder, membersOf } from './field-set.ts';
import type { Manager } from './managers.ts';
import { formatFieldPath } from './path-element.ts';

export interface FieldConflict {
  readonly owner: Manager;
  readonly set: FieldSet;
}

/** 409 in upstream's words, with a cause per field. */
export function conflictError(conflicts: readonly FieldConflict[]): Conflict {
  const fields = conflicts
    .flatMap(({ owner, set }) =>
      membersOf(inOrder(set)).map((path) => ({ owner: printOwner(owner), path: formatFieldPath(path) })),
    )
    .toSorted((a, b) => (a.owner < b.owner ? -1 : a.owner > b.owner ? 1 : 0));
  const causes = fields.map(({ owner, path }) => ({
    reason: 'FieldManagerConflict',
    message: `conflict with ${owner}`,
    field: path,
  }));
  return new Conflict(messageOf(fields), { details: { causes } });
}

function messageOf(fields: readonly { owner: string; path: string }[]): string {
  const [only] = fields;
  if (only && fields.length === 1) return `Apply failed with 1 conflict: conflict with ${only.owner}: ${only.path}`;
  const lines = fields.flatMap(({ owner, path }, i) => [
    ...(fields[i - 1]?.owner === owner ? [] : [`conflicts with ${owner}:`]),
    `- ${path}`,
  ]);
  return `Apply failed with ${fields.length} conflicts: ${lines.join('\n')}`;
}

function printOwner({ manager, operation, apiVersion, subresource }: Manager): string {
  const name = `${JSON.stringify(manager)}${subresource ? ` with subresource ${JSON.stringify(subresource)}` : ''}`;
  return operation === 'Update' ? `${name} using ${apiVersion}` : name;
}
