/**
 * The grammar of label selector text. Only words and symbols are checked here, keys and values by labels.ts. Throws plain
 * Errors that say what was found and what was expected.
 */
export type LabelOperator = 'in' | 'notin' | '=' | '==' | '!=' | 'exists' | '!' | 'gt' | 'lt';

export interface LabelRequirement {
  readonly key: string;
  readonly operator: LabelOperator;
  readonly values: readonly string[];
}

type Kind = 'word' | 'symbol' | 'end';
interface Token {
  kind: Kind;
  text: string;
}

const SYMBOLS: Readonly<Record<string, LabelOperator>> = { '=': '=', '==': '==', '!=': '!=', '>': 'gt', '<': 'lt' };
const OPERATORS_TEXT = 'in, notin, =, ==, !=, gt, lt';
/** As the API server's own limit on a URL keeps text short, this only bounds work for callers without one. */
const MAX_LENGTH = 1 << 20;

export function parseRequirements(text: string): LabelRequirement[] {
  if (text.length > MAX_LENGTH) throw new Error('selector is too long');
  const tokens = cursorOver(tokensOf(text));
  const requirements: LabelRequirement[] = [];
  for (;;) {
    const next = tokens.peek();
    if (next.kind === 'end') return requirements;
    if (next.kind !== 'word' && next.text !== '!') throw expected(next, `!, identifier, or 'end of string'`);
    requirements.push(parseRequirement(tokens));
    const after = tokens.take();
    if (after.kind === 'end') return requirements;
    if (after.text !== ',' || after.kind !== 'symbol') throw expected(after, `',' or 'end of string'`);
    const following = tokens.peek();
    if (following.kind !== 'word' && following.text !== '!') throw expected(following, `identifier after ','`);
  }
}

interface Cursor {
  peek(): Token;
  take(): Token;
}

function parseRequirement(tokens: Cursor): LabelRequirement {
  const absent = tokens.peek().text === '!' && tokens.take() !== undefined;
  const key = tokens.take();
  if (key.kind !== 'word') throw expected(key, 'identifier');
  if (absent) return { key: key.text, operator: '!', values: [] };
  const next = tokens.peek();
  if (next.kind === 'end' || next.text === ',') return { key: key.text, operator: 'exists', values: [] };
  const operator = parseOperator(tokens.take());
  if (operator === 'in' || operator === 'notin') return { key: key.text, operator, values: parseSet(tokens) };
  return { key: key.text, operator, values: [parseExact(tokens)] };
}

function parseOperator({ kind, text }: Token): LabelOperator {
  const symbol = kind === 'symbol' ? SYMBOLS[text] : undefined;
  if (symbol) return symbol;
  if (kind === 'word' && (text === 'in' || text === 'notin')) return text;
  throw new Error(`found '${text}', expected: ${OPERATORS_TEXT}`);
}

function parseExact(tokens: Cursor): string {
  const next = tokens.peek();
  if (next.kind === 'end' || (next.kind === 'symbol' && next.text === ',')) return '';
  if (next.kind !== 'word') throw expected(next, 'identifier');
  return tokens.take().text;
}

/** '(a,,b)' holds an empty value, '()' one empty value, as upstream reads it. */
function parseSet(tokens: Cursor): string[] {
  const open = tokens.take();
  if (open.text !== '(' || open.kind !== 'symbol') throw new Error(`found '${open.text}' expected: '('`);
  const values = new Set<string>();
  let wantsValue = true;
  for (;;) {
    const token = tokens.take();
    if (token.kind === 'word') {
      if (!wantsValue) throw expected(token, `',' or ')'`);
      values.add(token.text);
      wantsValue = false;
    } else if (token.kind === 'symbol' && (token.text === ',' || token.text === ')')) {
      if (wantsValue) values.add('');
      if (token.text === ')') return [...values];
      wantsValue = true;
    } else throw expected(token, wantsValue ? `',', ')' or identifier` : `',' or ')'`);
  }
}

const expected = ({ text }: Token, what: string): Error => new Error(`found '${text}', expected: ${what}`);

function cursorOver(tokens: readonly Token[]): Cursor {
  let at = 0;
  const end: Token = { kind: 'end', text: '' };
  return { peek: () => tokens[at] ?? end, take: () => tokens[at++] ?? end };
}

function tokensOf(text: string): Token[] {
  const tokens: Token[] = [];
  for (const [part] of text.matchAll(/[=!<>]+|[(),]|[^\s=!<>(),]+/g)) tokens.push(...tokensOfPart(part));
  return tokens;
}

/** Symbols that stand together are read longest first: '!=' but '!' '!'. */
function tokensOfPart(part: string): Token[] {
  if (!/^[=!<>(),]/.test(part)) return [{ kind: 'word', text: part }];
  return [...part.matchAll(/==|!=|[=!<>(),]/g)].map(([text]) => ({ kind: 'symbol', text }));
}
