/**
 * Field selectors: 'spec.nodeName=a,status.phase!=Failed', with '\\', '\,' and '\=' as escapes in values. Which fields a
 * kind supports is for its definition to say. Errors are BadRequest.
 */
import { BadRequest } from './errors.ts';

export interface FieldRequirement {
  readonly field: string;
  readonly operator: '=' | '!=';
  readonly value: string;
}

export interface FieldSelector {
  readonly requirements: readonly FieldRequirement[];
  readonly empty: boolean;
  /** A field that is missing counts as ''. */
  matches(fields: Readonly<Record<string, string>>): boolean;
  /** The value that `field` must have, where the selector says so. */
  exact(field: string): string | undefined;
  toString(): string;
}

export function parseFieldSelector(text: string): FieldSelector {
  return fieldSelectorFrom(
    splitTerms(text)
      .filter((term) => term !== '')
      .map((term) => parseTerm(text, term)),
  );
}

export const fieldSelectorFrom = (requirements: readonly FieldRequirement[]): FieldSelector => ({
  requirements,
  empty: requirements.length === 0,
  matches: (fields) =>
    requirements.every(({ field, operator, value }) => {
      const actual = Object.hasOwn(fields, field) ? fields[field] : '';
      return (actual === value) === (operator === '=');
    }),
  exact: (field) => requirements.find((r) => r.field === field && r.operator === '=')?.value,
  toString: () => requirements.map((r) => `${r.field}${r.operator}${escapeFieldValue(r.value)}`).join(','),
});

export const escapeFieldValue = (value: string): string => value.replace(/[\\,=]/g, (c) => `\\${c}`);

/** Cuts at commas that no backslash escapes. */
function splitTerms(text: string): string[] {
  const terms: string[] = [];
  let start = 0;
  for (let i = 0; i < text.length; i++) {
    if (text[i] === '\\') i++;
    else if (text[i] === ',') {
      terms.push(text.slice(start, i));
      start = i + 1;
    }
  }
  return [...terms, text.slice(start)];
}

function parseTerm(text: string, term: string): FieldRequirement {
  const at = operatorIn(term);
  if (!at) throw new BadRequest(`invalid selector: '${text}'; can't understand '${term}'`);
  return {
    field: term.slice(0, at.index),
    operator: at.operator === '!=' ? '!=' : '=',
    value: unescapeValue(term.slice(at.index + at.operator.length)),
  };
}

function operatorIn(term: string): { index: number; operator: string } | undefined {
  for (let i = 0; i < term.length; i++) {
    if (term[i] === '\\') {
      i++;
      continue;
    }
    const operator = ['!=', '==', '='].find((o) => term.startsWith(o, i));
    if (operator) return { index: i, operator };
  }
  return undefined;
}

function unescapeValue(value: string): string {
  let out = '';
  for (let i = 0; i < value.length; i++) {
    const c = value.charAt(i);
    if (c === '\\') {
      const escaped = value.charAt(++i);
      if (escaped !== '\\' && escaped !== ',' && escaped !== '=')
        throw new BadRequest(`invalid field selector: invalid escape sequence: \\${escaped}`);
      out += escaped;
    } else if (c === ',' || c === '=')
      throw new BadRequest(`invalid field selector: unescaped character in value: ${c.codePointAt(0)}`);
    else out += c;
  }
  return out;
}
