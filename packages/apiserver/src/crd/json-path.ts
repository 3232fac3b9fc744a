/**
 * The JSON paths of printer columns and selectable fields: .spec.a, ['b'], [0], [*], [?(@.type=="Ready")].status. A path that
 * finds nothing is undefined. Pure.
 */
type Step =
  | { kind: 'field'; name: string }
  | { kind: 'index'; index: number }
  | { kind: 'all' }
  | { kind: 'filter'; path: Step[]; operator: string; value: unknown };

const FIELD = /^\.?([A-Za-z_$][\w$-]*)/;
const QUOTED = /^\[(?:'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)")\]/;
const INDEX = /^\[(-?\d+)\]/;
const FILTER = /^\[\?\(\s*@([^=!<>]*?)\s*(==|!=|<=|>=|<|>)\s*('[^']*'|"[^"]*"|[\w.+-]+)\s*\)\]/;

/** undefined for text that is no path that we read. */
export function parseJsonPath(text: string): ((value: unknown) => unknown[]) | undefined {
  const steps = parseSteps(text.replace(/^\{|\}$/g, ''));
  return (
    steps && ((value) => steps.reduce<unknown[]>((values, step) => values.flatMap((v) => follow(v, step)), [value]))
  );
}

function parseSteps(text: string): Step[] | undefined {
  const steps: Step[] = [];
  let rest = text.trim();
  while (rest !== '' && rest !== '.') {
    const step = nextStep(rest);
    if (!step) return undefined;
    steps.push(step.step);
    rest = rest.slice(step.length);
  }
  return steps;
}

function nextStep(rest: string): { step: Step; length: number } | undefined {
  const all = /^(\[\*\]|\.\*)/.exec(rest);
  if (all) return { step: { kind: 'all' }, length: all[0].length };
  const field = FIELD.exec(rest);
  if (field) return { step: { kind: 'field', name: field[1] ?? '' }, length: field[0].length };
  const quoted = QUOTED.exec(rest);
  if (quoted)
    return {
      step: { kind: 'field', name: (quoted[1] ?? quoted[2] ?? '').replaceAll(/\\(.)/g, '$1') },
      length: quoted[0].length,
    };
  const index = INDEX.exec(rest);
  if (index) return { step: { kind: 'index', index: Number(index[1]) }, length: index[0].length };
  const filter = FILTER.exec(rest);
  if (!filter) return undefined;
  const path = parseSteps(filter[1] ?? '');
  return (
    path && {
      step: { kind: 'filter', path, operator: filter[2] ?? '', value: literal(filter[3] ?? '') },
      length: filter[0].length,
    }
  );
}

function literal(text: string): unknown {
  if (/^['"]/.test(text)) return text.slice(1, -1);
  if (text === 'true' || text === 'false') return text === 'true';
  return Number.isNaN(Number(text)) ? text : Number(text);
}

function follow(value: unknown, step: Step): unknown[] {
  if (typeof value !== 'object' || value === null) return [];
  switch (step.kind) {
    case 'field':
      return !Array.isArray(value) && Object.hasOwn(value, step.name)
        ? [(value as Record<string, unknown>)[step.name]]
        : [];
    case 'index':
      return Array.isArray(value) && value.at(step.index) !== undefined ? [value.at(step.index)] : [];
    case 'all':
      return Array.isArray(value) ? value : Object.values(value);
    case 'filter':
      return Array.isArray(value) ? value.filter((item) => holds(item, step)) : [];
  }
}

function holds(item: unknown, { path, operator, value }: Extract<Step, { kind: 'filter' }>): boolean {
  const [found] = path.reduce<unknown[]>((values, step) => values.flatMap((v) => follow(v, step)), [item]);
  switch (operator) {
    case '==':
      return found === value;
    case '!=':
      return found !== value;
    default:
      return typeof found === 'number' && typeof value === 'number' && compare(found, operator, value);
  }
}

function compare(a: number, operator: string, b: number): boolean {
  if (operator === '<') return a < b;
  if (operator === '<=') return a <= b;
  return operator === '>' ? a > b : a >= b;
}
