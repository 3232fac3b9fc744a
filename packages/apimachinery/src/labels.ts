/**
 * Label selectors, in both forms: the text of a query ('a=b,c in (d,e),!f') and the LabelSelector of an object. One
 * Selector serves both; a Selector is immutable and cheap to match. Errors are BadRequest, worded as Kubernetes words them.
 */
import { BadRequest } from './errors.ts';
import { formatFieldError, invalid } from './field-error.ts';
import type { LabelSelector } from './generated/meta-v1.ts';
import { checkLabelValue, checkQualifiedName } from './names.ts';
import { type LabelOperator, type LabelRequirement, parseRequirements } from './label-parser.ts';

export type { LabelOperator, LabelRequirement };

export type Labels = Readonly<Record<string, string>>;

export interface Selector {
  readonly requirements: readonly LabelRequirement[];
  /** True where everything matches. */
  readonly empty: boolean;
  matches(labels: Labels | undefined): boolean;
  toString(): string;
}

export function parseLabelSelector(text: string): Selector {
  if (text.trim() === '') return everything();
  try {
    return selectorFrom(parseRequirements(text).map(checkedRequirement));
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new BadRequest(BETWEEN.test(message) ? message : `unable to parse requirement: ${message}`);
  }
}

/** What stands wrong between requirements belongs to none of them. */
const BETWEEN =
  /^found '.*', expected: (',' or 'end of string'|identifier after ','|!, identifier, or 'end of string')$/s;

/** The selector of a spec. No LabelSelector selects nothing; an empty one selects everything. */
export function selectorOf(selector: Partial<LabelSelector> | undefined | null): Selector {
  if (selector == null) return nothing();
  const exact = Object.entries(selector.matchLabels ?? {}).map(([key, value]): LabelRequirement => ({
    key,
    operator: '=',
    values: [value],
  }));
  const expressions = (selector.matchExpressions ?? []).map(({ key, operator, values }): LabelRequirement => {
    const known = OPERATORS[operator];
    if (!known) throw new BadRequest(`"${operator}" is not a valid label selector operator`);
    return { key, operator: known, values: values ?? [] };
  });
  return selectorFrom([...exact, ...expressions].map(checkedRequirement));
}

/** The selector of a Service or a ReplicationController: a plain map. An empty one selects everything. */
export const selectorOfMap = (labels: Labels | undefined | null): Selector => selectorOf({ matchLabels: labels ?? {} });

export const everything = (): Selector => selectorFrom([]);

export const nothing = (): Selector => ({ requirements: [], empty: false, matches: () => false, toString: () => '' });

const OPERATORS: Readonly<Record<string, LabelOperator>> = {
  In: 'in',
  NotIn: 'notin',
  Exists: 'exists',
  DoesNotExist: '!',
};

const selectorFrom = (requirements: readonly LabelRequirement[]): Selector => {
  const sorted = requirements.toSorted((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
  return {
    requirements: sorted,
    empty: sorted.length === 0,
    matches: (labels) => sorted.every((requirement) => matches(requirement, labels)),
    toString: () => sorted.map(formatRequirement).join(','),
  };
};

function matches({ key, operator, values }: LabelRequirement, labels: Labels | undefined): boolean {
  const value = labels !== undefined && Object.hasOwn(labels, key) ? labels[key] : undefined;
  switch (operator) {
    case 'in':
    case '=':
    case '==':
      return value !== undefined && values.includes(value);
    case 'notin':
    case '!=':
      return value === undefined || !values.includes(value);
    case 'exists':
      return value !== undefined;
    case '!':
      return value === undefined;
    case 'gt':
      return isInt(value) && BigInt(value) > BigInt(values[0] ?? 0);
    case 'lt':
      return isInt(value) && BigInt(value) < BigInt(values[0] ?? 0);
  }
}

function formatRequirement({ key, operator, values }: LabelRequirement): string {
  switch (operator) {
    case 'exists':
      return key;
    case '!':
      return `!${key}`;
    case 'in':
    case 'notin':
      return `${key} ${operator} (${values.toSorted().join(',')})`;
    case 'gt':
      return `${key}>${values[0] ?? ''}`;
    case 'lt':
      return `${key}<${values[0] ?? ''}`;
    case '=':
    case '==':
    case '!=':
      return `${key}${operator}${values[0] ?? ''}`;
  }
}

/** Int64 as decimal text; a label value has at most 63 bytes. */
const isInt = (value: string | undefined): value is string =>
  value !== undefined && /^[+-]?[0-9]{1,63}$/.test(value) && fits(value);
const fits = (text: string): boolean => BigInt.asIntN(64, BigInt(text)) === BigInt(text);

function checkedRequirement(requirement: LabelRequirement): LabelRequirement {
  const { key, operator, values } = requirement;
  const [fault] = checkQualifiedName(key);
  if (fault) throw new BadRequest(formatFieldError(invalid('<nil>', key, fault)));
  const wrong = (detail: string): BadRequest => new BadRequest(formatFieldError(invalid('values', values, detail)));
  if ((operator === 'in' || operator === 'notin') && values.length === 0)
    throw wrong("for 'in', 'notin' operators, values set can't be empty");
  if ((operator === 'exists' || operator === '!') && values.length > 0)
    throw wrong('values set must be empty for exists and does not exist');
  if (operator === 'gt' || operator === 'lt') {
    if (values.length !== 1) throw wrong("for 'Gt', 'Lt' operators, exactly one value is required");
    if (!isInt(values[0]))
      throw new BadRequest(
        formatFieldError(invalid('values[0]', values[0], "for 'Gt', 'Lt' operators, the value must be an integer")),
      );
  }
  for (const [i, value] of values.entries()) {
    const [bad] = checkLabelValue(value);
    if (bad) throw new BadRequest(formatFieldError(invalid(`values[${i}][${key}]`, value, bad)));
  }
  return requirement;
}
