/**
 * kubectl's JSONPath templates, read: text outside braces, and inside: fields, ['names'], [indexes], [slices], [unions], `..`, `*`,
 * filters [?(@.a=="b")], quoted text, {range}…{end}. Throws CommandError that says where it stopped.
 * The grammar is that of kubernetes.io/docs/reference/kubectl/jsonpath.
 */
import { CommandError } from '../io.ts';

export type Step =
  | { type: 'field'; name: string }
  | { type: 'wildcard' }
  | { type: 'recursive' }
  | { type: 'slice'; from: number | undefined; to: number | undefined; step: number; single: boolean }
  | { type: 'union'; paths: Step[][] }
  | { type: 'filter'; left: Operand; operator: Operator | 'exists'; right?: Operand };
export type Operator = '==' | '!=' | '<' | '<=' | '>' | '>=';
export type Operand = { path: Step[]; root: boolean } | { value: string | number | boolean | null };

export type Node =
  | { type: 'text'; text: string }
  | { type: 'path'; steps: Step[]; root: boolean }
  | { type: 'range'; steps: Step[]; root: boolean; body: Node[] };

export function parseJsonPath(template: string): Node[] {
  const reader = new Reader(template);
  const nodes = readNodes(reader, false);
  return nodes;
}

class Reader {
  at = 0;
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
  get done(): boolean {
    return this.at >= this.text.length;
  }
  peek(length = 1): string {
    return this.text.slice(this.at, this.at + length);
  }
  take(length = 1): string {
    const piece = this.peek(length);
    this.at += length;
    return piece;
  }
  skipSpaces(): void {
    while (/\s/.test(this.peek())) this.at++;
  }
  match(pattern: RegExp): string | undefined {
    const sticky = new RegExp(pattern.source, 'y');
    sticky.lastIndex = this.at;
    const found = sticky.exec(this.text)?.[0];
    if (found !== undefined) this.at += found.length;
    return found;
  }
  fail(what: string): never {
    throw new CommandError(`error parsing jsonpath ${this.text}, ${what}`);
  }
}

function readNodes(reader: Reader, inRange: boolean): Node[] {
  const nodes: Node[] = [];
  while (!reader.done) {
    const plain = reader.match(/[^{]+/);
    if (plain) nodes.push({ type: 'text', text: plain });
    if (reader.done) break;
    reader.take();
    reader.skipSpaces();
    if (reader.match(/end\s*\}/)) {
      if (!inRange) reader.fail('not in range, nothing to end');
      return nodes;
    }
    if (reader.match(/range\s+/)) {
      const path = readPath(reader);
      close(reader);
      nodes.push({ type: 'range', ...path, body: readNodes(reader, true) });
      continue;
    }
    nodes.push(...readAction(reader));
  }
  if (inRange) reader.fail('unterminated range');
  return nodes;
}

function close(reader: Reader): void {
  reader.skipSpaces();
  if (reader.take() !== '}') reader.fail('unclosed action');
}

function readAction(reader: Reader): Node[] {
  const nodes: Node[] = [];
  for (;;) {
    reader.skipSpaces();
    if (reader.done) reader.fail('unclosed action');
    if (reader.peek() === '}') {
      reader.take();
      return nodes;
    }
    if (reader.peek() === '"' || reader.peek() === "'") nodes.push({ type: 'text', text: readQuoted(reader) });
    else nodes.push({ type: 'path', ...readPath(reader) });
  }
}

function readQuoted(reader: Reader): string {
  const quote = reader.take();
  const body = reader.match(quote === '"' ? /(?:[^"\\]|\\.)*/ : /(?:[^'\\]|\\.)*/) ?? '';
  if (reader.take() !== quote) reader.fail('unterminated quoted string');
  const escapes: Record<string, string> = { n: '\n', t: '\t', r: '\r' };
  return body.replace(/\\(.)/gs, (_, c: string) => escapes[c] ?? c);
}

export function readPath(reader: Reader): { steps: Step[]; root: boolean } {
  const start = reader.match(/[$@]/);
  const steps: Step[] = [];
  for (;;) {
    if (reader.match(/\.\./)) {
      steps.push({ type: 'recursive' });
      const name = reader.match(/(?:[^\s.[\]{}()'"=!<>,$@*\\]|\\.)+/);
      if (name) steps.push({ type: 'field', name: unescape(name) });
      else if (reader.match(/\*/)) steps.push({ type: 'wildcard' });
    } else if (reader.match(/\.\*/) || (steps.length === 0 && reader.match(/\*/))) steps.push({ type: 'wildcard' });
    else if (reader.peek() === '[') steps.push(readBracket(reader));
    else {
      const name = reader.match(/\.(?:[^\s.[\]{}()'"=!<>,$@*\\]|\\.)+/);
      const bare =
        name === undefined && steps.length === 0 && !start
          ? reader.match(/(?:[^\s.[\]{}()'"=!<>,$@*\\]|\\.)+/)
          : undefined;
      if (name) steps.push({ type: 'field', name: unescape(name.slice(1)) });
      else if (bare) steps.push({ type: 'field', name: unescape(bare) });
      else if (reader.match(/\./)) continue;
      else break;
    }
  }
  if (steps.length === 0 && !start && !/[\s}]/.test(reader.peek()))
    reader.fail(`unrecognized character in action: ${JSON.stringify(reader.peek())}`);
  return { steps, root: start !== '@' };
}

const unescape = (name: string): string => name.replace(/\\(.)/g, '$1');

function readBracket(reader: Reader): Step {
  reader.take();
  reader.skipSpaces();
  if (reader.match(/\*\s*\]/)) return { type: 'wildcard' };
  if (reader.match(/\?\s*\(/)) return readFilter(reader);
  const parts: Step[] = [];
  for (;;) {
    parts.push(readSelector(reader));
    reader.skipSpaces();
    const next = reader.take();
    if (next === ']') break;
    if (next !== ',') reader.fail('unterminated array');
    reader.skipSpaces();
  }
  const [only] = parts;
  return parts.length === 1 && only ? only : { type: 'union', paths: parts.map((p) => [p]) };
}

function readSelector(reader: Reader): Step {
  if (reader.peek() === '"' || reader.peek() === "'") return { type: 'field', name: readQuoted(reader) };
  const slice = reader.match(/-?\d*(?:\s*:\s*-?\d*){1,2}/);
  if (slice !== undefined) {
    const [from, to, step] = slice.split(':').map((p) => (p.trim() === '' ? undefined : Number(p)));
    return { type: 'slice', from, to, step: step ?? 1, single: false };
  }
  const index = reader.match(/-?\d+/);
  if (index !== undefined) return { type: 'slice', from: Number(index), to: undefined, step: 1, single: true };
  return reader.fail(`invalid array index ${reader.match(/[^\]]*/) ?? ''}`);
}

function readFilter(reader: Reader): Step {
  const left = readOperand(reader);
  reader.skipSpaces();
  const operator = reader.match(/==|!=|<=|>=|<|>/) as Operator | undefined;
  const right = operator ? readOperand(reader) : undefined;
  reader.skipSpaces();
  if (!reader.match(/\)\s*\]/)) reader.fail('unterminated filter');
  return operator
    ? { type: 'filter', left, operator, ...(right && { right }) }
    : { type: 'filter', left, operator: 'exists' };
}

function readOperand(reader: Reader): Operand {
  reader.skipSpaces();
  if (reader.peek() === '"' || reader.peek() === "'") return { value: readQuoted(reader) };
  const number = reader.match(/-?\d+(?:\.\d+)?(?![\w.])/);
  if (number !== undefined) return { value: Number(number) };
  const word = reader.match(/(?:true|false|null|nil)\b/);
  if (word) return { value: word === 'true' ? true : word === 'false' ? false : null };
  const { steps, root } = readPath(reader);
  return { path: steps, root };
}
