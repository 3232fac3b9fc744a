/**
 * JSON as Kubernetes reads and writes it: integers beyond 2^53 become bigint and are written back exactly, `__proto__` is
 * a key like any other, nesting is limited, the last of duplicate keys wins and a separate pass names them by path.
 * Text without long integers goes through JSON.parse alone.
 */
import { parse as parseLossless, stringify as stringifyLossless } from 'lossless-json';
import { BadRequest } from '../errors.ts';
import { jsonFault } from './json-fault.ts';
import { type JsonScan, endOfString, scanJson } from './json-scan.ts';

/** Deeper text is refused, so that no walk over a value can exhaust the stack. */
export const MAX_DEPTH = 1000;
const MAX_NUMBER = 400;

/** @throws BadRequest */
export const parseJson = (input: string | Uint8Array): unknown => {
  const text = textOf(input);
  return parseScanned(text, scanJson(text));
};

/** The value, and the paths of repeated keys for who asks: what is read twice is looked over once. */
export function parseJsonBody(input: string | Uint8Array): { value: unknown; duplicates(): string[] } {
  const text = textOf(input);
  const scan = scanJson(text);
  const value = parseScanned(text, scan);
  return { value, duplicates: () => (scan.keys === countKeys(value) ? [] : duplicatesIn(text)) };
}

function parseScanned(text: string, { depth, longInteger }: JsonScan): unknown {
  if (depth > MAX_DEPTH) throw new BadRequest('json parse error: exceeded max depth');
  try {
    return longInteger
      ? parseLossless(text, undefined, { parseNumber, onDuplicateKey: ({ newValue }) => newValue })
      : (JSON.parse(text) as unknown);
  } catch (error) {
    const why = error instanceof Error ? error.message.slice(0, 200) : 'no JSON';
    throw new BadRequest(`json parse error: ${jsonFault(text) ?? why}`);
  }
}

/** Text of a value that may hold bigints; keys without a value are left out. */
export function stringifyJson(value: unknown, space?: number): string {
  try {
    return JSON.stringify(value, undefined, space);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    return stringifyLossless(value, undefined, space) ?? '';
  }
}

/**
 * Paths of keys that stand twice in one object ('spec.containers[0].name'), each once, in order. `value` is what parseJson
 * made of the text: where no key is missing from it, nothing is looked for.
 */
export function findDuplicateFields(input: string | Uint8Array, value: unknown): string[] {
  const text = textOf(input);
  return scanJson(text).keys === countKeys(value) ? [] : duplicatesIn(text);
}

const textOf = (input: string | Uint8Array): string =>
  typeof input === 'string' ? input : Buffer.from(input.buffer, input.byteOffset, input.byteLength).toString('utf8');

function parseNumber(text: string): number | bigint {
  if (text.length > MAX_NUMBER) throw new Error('number is too long');
  const number = Number(text);
  return Number.isSafeInteger(number) || !/^-?[0-9]+$/.test(text) ? number : BigInt(text);
}

function countKeys(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  let count = 0;
  if (Array.isArray(value)) for (const item of value) count += countKeys(item);
  else for (const key in value) count += 1 + countKeys((value as Record<string, unknown>)[key]);
  return count;
}

/** An object or a list that is open; a list has no keys. */
interface Level {
  keys: Set<string> | undefined;
  /** The step to what is being read inside: '.name' or '[3]'. */
  key: string;
  index: number;
}

function duplicatesIn(text: string): string[] {
  const found = new Set<string>();
  const levels: Level[] = [];
  let expectsKey = false;
  for (let i = 0; i < text.length; i++) {
    const level = levels.at(-1);
    switch (text[i]) {
      case '{':
        levels.push({ keys: new Set(), key: '', index: 0 });
        expectsKey = true;
        break;
      case '[':
        levels.push({ keys: undefined, key: '', index: 0 });
        break;
      case '}':
      case ']':
        levels.pop();
        expectsKey = false;
        break;
      case ',':
        expectsKey = level?.keys !== undefined;
        if (level) level.index++;
        break;
      case '"': {
        const end = endOfString(text, i);
        if (expectsKey && level?.keys) {
          const key = JSON.parse(text.slice(i, end + 1)) as string;
          level.key = key;
          if (level.keys.has(key)) found.add(pathOf(levels));
          level.keys.add(key);
          expectsKey = false;
        }
        i = end;
        break;
      }
      default:
    }
  }
  return [...found];
}

const pathOf = (levels: readonly Level[]): string =>
  levels
    .map(({ keys, key, index }) => (keys ? `.${key}` : `[${index}]`))
    .join('')
    .replace(/^\./, '');
