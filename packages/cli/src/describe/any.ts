/** Describes any object by its fields: keys as words, nested by indentation. */
import type { DescribeInput, Description } from './describer.ts';
import { eventsOf, writeEvents } from './events.ts';
import { writeAnnotations, writeMap, type Writer } from './writer.ts';

export async function describeAny({ object, rest, w, now, showEvents }: DescribeInput): Promise<Description> {
  const { name: _n, namespace: _ns, labels: _l, annotations: _a, managedFields: _m, ...metadata } = object.metadata;
  const { name, namespace, labels, annotations } = object.metadata;
  w.write(0, `Name:\t${name}`);
  w.write(0, `Namespace:\t${namespace ?? ''}`);
  writeMap(w, 0, 'Labels', labels);
  writeAnnotations(w, 0, 'Annotations', annotations);
  writeFields(w, 0, { ...object, metadata });
  if (showEvents) writeEvents(w, await eventsOf(rest, object), now);
}

function writeFields(w: Writer, level: number, fields: object): void {
  for (const [key, value] of Object.entries(fields).toSorted(([a], [b]) => (a < b ? -1 : 1)))
    if (value !== undefined) writeField(w, level, titleOf(key), value);
}

function writeField(w: Writer, level: number, title: string, value: unknown): void {
  if (Array.isArray(value)) {
    w.write(level, `${title}:`);
    for (const item of value) {
      if (item !== null && typeof item === 'object') writeFields(w, level + 1, item as object);
      else w.write(level + 1, String(item));
    }
  } else if (typeof value === 'object' && value !== null) {
    w.write(level, `${title}:`);
    writeFields(w, level + 1, value);
  } else w.write(level, `${title}:\t${value === null ? '<nil>' : String(value as string)}`);
}

const ACRONYMS = new Set(['API', 'URL', 'UID', 'GUID']);

/** 'apiVersion' to 'API Version'; what is no word stays as it is. */
function titleOf(key: string): string {
  if (!/^[a-zA-Z-]+$/.test(key)) return key;
  const words = key.match(/[A-Z]+(?![a-z])|[A-Z][a-z]*|[a-z]+|-/g) ?? [key];
  return words.map(titleOfWord).join(' ');
}

function titleOfWord(word: string): string {
  if (ACRONYMS.has(word.toUpperCase())) return word.toUpperCase();
  return word.slice(0, 1).toUpperCase() + word.slice(1).toLowerCase();
}
