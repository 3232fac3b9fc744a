/** kubectl's JSONPath templates, carried out over an object: `{.items[*].metadata.name}` and all that jsonpath-parse.ts reads. */
import { CommandError } from '../io.ts';
import { type Node, type Operand, type Operator, parseJsonPath, type Step } from './jsonpath-parse.ts';

export interface JsonPathOptions {
  /** True (kubectl's default): a key that is not there gives nothing; false: an error. */
  allowMissingKeys: boolean;
}

export type JsonPathPrinter = (object: unknown) => string;

export function createJsonPathPrinter(
  template: string,
  options: JsonPathOptions = { allowMissingKeys: true },
): JsonPathPrinter {
  const nodes = parseJsonPath(relaxed(template));
  return (object) => render(nodes, { root: object, current: object, options });
}

/** Values at a path, for sort-by and custom columns. */
export function findByPath(
  expression: string,
  object: unknown,
  options: JsonPathOptions = { allowMissingKeys: true },
): unknown[] {
  const [node] = parseJsonPath(relaxed(expression));
  return node?.type === 'path' ? walk([object], node.steps, { root: object, current: object, options }) : [];
}

/** 'metadata.name', '.metadata.name' and '{.metadata.name}' are the same. */
function relaxed(expression: string): string {
  if (expression.includes('{')) return expression;
  return `{${expression.startsWith('.') || expression.startsWith('[') || expression.startsWith('$') ? expression : `.${expression}`}}`;
}

interface Scope {
  root: unknown;
  current: unknown;
  options: JsonPathOptions;
}

function render(nodes: readonly Node[], scope: Scope): string {
  return nodes
    .map((node) => {
      switch (node.type) {
        case 'text':
          return node.text;
        case 'path':
          return walk([scope.current], node.steps, scope).map(show).join(' ');
        case 'range':
          return walk([scope.current], node.steps, scope)
            .map((value) => render(node.body, { ...scope, current: value }))
            .join('');
      }
    })
    .join('');
}

function show(value: unknown): string {
  if (value === undefined || value === null) return '';
  return typeof value === 'object' ? JSON.stringify(value) : String(value as string | number | boolean);
}

function walk(values: unknown[], steps: readonly Step[], scope: Scope): unknown[] {
  return steps.reduce((current, step) => current.flatMap((value) => apply(value, step, scope)), values);
}

function apply(value: unknown, step: Step, scope: Scope): unknown[] {
  switch (step.type) {
    case 'field':
      return field(value, step.name, scope);
    case 'wildcard':
      return childrenOf(value);
    case 'recursive':
      return descendants(value);
    case 'slice':
      return slice(value, step);
    case 'union':
      return step.paths.flatMap((path) => walk([value], path, scope));
    case 'filter':
      return (Array.isArray(value) ? value : childrenOf(value)).filter((item) => holds(item, step, scope));
  }
}

function field(value: unknown, name: string, { options }: Scope): unknown[] {
  if (value !== null && typeof value === 'object' && !Array.isArray(value) && Object.hasOwn(value, name))
    return [(value as Record<string, unknown>)[name]];
  if (!options.allowMissingKeys) throw new CommandError(`error executing jsonpath: ${name} is not found`);
  return [];
}

const childrenOf = (value: unknown): unknown[] =>
  Array.isArray(value) ? value : value !== null && typeof value === 'object' ? Object.values(value) : [];

const descendants = (value: unknown): unknown[] => [value, ...childrenOf(value).flatMap(descendants)];

function slice(value: unknown, { from, to, step, single }: Extract<Step, { type: 'slice' }>): unknown[] {
  if (!Array.isArray(value)) return [];
  const size = value.length;
  const absolute = (n: number): number => (n < 0 ? n + size : n);
  const start = absolute(from ?? 0);
  if (single) {
    if (start < 0 || start >= size)
      throw new CommandError(`error executing jsonpath: array index out of bounds: index ${from}, length ${size}`);
    return [value[start]];
  }
  const end = Math.min(to === undefined ? size : absolute(to), size);
  return value.slice(Math.max(0, start), end).filter((_, i) => i % Math.max(1, step) === 0);
}

function holds(item: unknown, step: Extract<Step, { type: 'filter' }>, scope: Scope): boolean {
  const lenient: Scope = { ...scope, current: item, options: { allowMissingKeys: true } };
  const left = valuesOf(step.left, lenient);
  if (step.operator === 'exists') return left.length > 0;
  const right = step.right ? valuesOf(step.right, lenient) : [];
  if (left.length === 0 || right.length === 0) return false;
  return compare(left[0], right[0], step.operator);
}

const valuesOf = (operand: Operand, scope: Scope): unknown[] =>
  'value' in operand ? [operand.value] : walk([operand.root ? scope.root : scope.current], operand.path, scope);

function compare(a: unknown, b: unknown, operator: Operator): boolean {
  switch (operator) {
    case '==':
      return a === b;
    case '!=':
      return a !== b;
    default:
      return order(a, b, operator);
  }
}

function order(a: unknown, b: unknown, operator: '<' | '<=' | '>' | '>='): boolean {
  if (typeof a !== typeof b || (typeof a !== 'number' && typeof a !== 'string')) return false;
  const [x, y] = [a, b as typeof a];
  return operator === '<' ? x < y : operator === '<=' ? x <= y : operator === '>' ? x > y : x >= y;
}
