/**
 * YAML as kubectl takes it: YAML 1.1 scalars as Go reads them (`yes` is true, 0644 is 420, dates and 1:30 are
 * text), many documents, merge keys, limited aliases and nesting, errors with a line. The library is loaded when YAML is
 * first met: most bodies are JSON.
 */
import type * as Yaml from 'yaml';
import { BadRequest } from '../errors.ts';
import { parseJsonBody } from './json.ts';

export interface YamlDocument {
  value: unknown;
  /** Line where the document starts, from 1. */
  line: number;
  /** Keys that stand twice, as Go's reader tells of them: 'line 9: key "foo" already set in map'. The last one won. */
  duplicates: string[];
}

/** What Go's strict reader says of such keys. */
export const unmarshalErrors = (duplicates: readonly string[]): string =>
  ['yaml: unmarshal errors:', ...duplicates].join('\n  ');

const MAX_ALIASES = 100;
/** The library composes by recursion, and deep text would take the process down with it. */
const MAX_YAML_DEPTH = 200;

/** The value of the one document of a request's body; null where it is empty. @throws BadRequest */
export const parseYaml = async (input: string | Uint8Array): Promise<unknown> => (await parseYamlBody(input)).value;

/** The same, with keys that stand twice. @throws BadRequest */
export async function parseYamlBody(input: string | Uint8Array): Promise<YamlDocument> {
  const [first, second] = await parseYamlDocuments(input);
  if (second) throw new BadRequest(`yaml: line ${second.line}: expected a single document`);
  return first ?? { value: null, line: 1, duplicates: [] };
}

/** Every document that is not empty. JSON is YAML too. @throws BadRequest that names the line */
export async function parseYamlDocuments(input: string | Uint8Array): Promise<YamlDocument[]> {
  const text = typeof input === 'string' ? input : Buffer.from(input).toString('utf8');
  const json = jsonDocument(text);
  if (json) return [json];
  const yaml = await import('yaml');
  const lineCounter = new yaml.LineCounter();
  const lineAt = (offset: number): number => Math.max(1, lineCounter.linePos(offset).line);
  const documents = refusing('yaml', () => {
    const tokens = [...new yaml.Parser(lineCounter.addNewLine).parse(text)];
    checkDepth(tokens);
    return [...new yaml.Composer({ ...OPTIONS, lineCounter }).compose(tokens)];
  });
  return documents.flatMap((document): YamlDocument[] => {
    const [error] = document.errors;
    if (error) throw new BadRequest(`yaml: line ${lineAt(error.pos[0])}: ${lineOf(error.message)}`);
    const line = lineAt(document.contents?.range?.[0] ?? document.range?.[0] ?? 0);
    const value = refusing(`yaml: line ${line}`, () => plainOf(document.toJS(TO_JS), 0));
    return value === null ? [] : [{ value, line, duplicates: duplicatesIn(document, lineAt, yaml) }];
  });
}

/**
 * JSON goes through its own parser, which is a hundred times as fast. What is no JSON may still be YAML, and keys that stand twice are
 * told with their lines.
 */
function jsonDocument(text: string): YamlDocument | undefined {
  if (!/^\s*[{[]/.test(text)) return undefined;
  try {
    const { value, duplicates } = parseJsonBody(text);
    return duplicates().length > 0 ? undefined : { value, line: 1, duplicates: [] };
  } catch (error) {
    if (error instanceof BadRequest) return undefined;
    throw error;
  }
}

/** What YAML 1.1 has and Go's reader does not. */
const UNKNOWN_TAGS = /:(timestamp|binary|omap|pairs|set)$/;
const OPTIONS: Yaml.ParseOptions & Yaml.DocumentOptions & Yaml.SchemaOptions = {
  version: '1.1',
  intAsBigInt: true,
  uniqueKeys: false,
  prettyErrors: false,
  logLevel: 'error',
  customTags: (tags) =>
    tags.filter(
      (tag) => typeof tag === 'string' || !(UNKNOWN_TAGS.test(tag.tag) || ('format' in tag && tag.format === 'TIME')),
    ),
};
const TO_JS: Yaml.ToJSOptions = { maxAliasCount: MAX_ALIASES };

/** Tokens nest as the text does; this walk does not recurse. */
function checkDepth(tokens: readonly Yaml.CST.Token[]): void {
  const open: [token: Yaml.CST.Token, depth: number][] = tokens.map((token) => [token, 0]);
  for (let next = open.pop(); next; next = open.pop()) {
    const [token, depth] = next;
    if (depth > MAX_YAML_DEPTH) throw new BadRequest('yaml: exceeded max depth');
    if ('value' in token && token.value) open.push([token.value, depth]);
    if (!('items' in token)) continue;
    for (const { key, value } of token.items) {
      if (key) open.push([key, depth + 1]);
      if (value) open.push([value, depth + 1]);
    }
  }
}

/** The library throws on alias bombs, and runs out of stack where aliases nest: both are the text's fault. */
function refusing<T>(where: string, parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    if (error instanceof BadRequest) throw error;
    const why =
      error instanceof RangeError ? 'exceeded max depth' : error instanceof Error ? lineOf(error.message) : 'no YAML';
    throw new BadRequest(`${where}: ${why}`);
  }
}

const lineOf = (message: string): string => message.split('\n', 1)[0]?.slice(0, 200) ?? '';

/** Numbers a double holds are numbers; -0, infinities and NaN have no place in JSON. */
function plainOf(value: unknown, depth: number): unknown {
  if (depth > 5 * MAX_YAML_DEPTH) throw new BadRequest('yaml: exceeded max depth');
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : value;
  if (typeof value === 'number' && !Number.isFinite(value)) throw new BadRequest(`yaml: unsupported value: ${value}`);
  if (Array.isArray(value)) return value.map((item) => plainOf(item, depth + 1));
  if (typeof value !== 'object' || value === null) return value ?? null;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, plainOf(item, depth + 1)]));
}

function duplicatesIn(
  document: Yaml.Document,
  lineAt: (offset: number) => number,
  { isMap, isNode, isSeq }: Pick<typeof Yaml, 'isMap' | 'isNode' | 'isSeq'>,
): string[] {
  const found: string[] = [];
  const walk = (node: unknown): void => {
    if (isSeq(node)) for (const item of node.items) walk(item);
    if (!isMap(node)) return;
    const keys = new Set<string>();
    for (const { key, value } of node.items) {
      const name = String(key);
      const line = lineAt((isNode(key) ? key.range?.[0] : undefined) ?? 0);
      if (keys.has(name) && name !== '<<') found.push(`line ${line}: key ${JSON.stringify(name)} already set in map`);
      keys.add(name);
      walk(value);
    }
  };
  walk(document.contents);
  return found;
}
