/** Words a kind, or a field of it, in kubectl's layout. Decides only: the document is fetched by the command. */
import { CommandError } from '../io.ts';
import { type OpenApiDocument, resolve, type Schema, schemaOfKind, typeNameOf, valuesOf } from './schema.ts';
import { indent, wordWrap } from './word-wrap.ts';

export interface Explanation {
  document: OpenApiDocument;
  kind: { group: string; version: string; kind: string };
  /** 'spec', 'containers' */
  fields: readonly string[];
  recursive: boolean;
}

const WIDTH = 76;
const MOST_ENUMS = 4;

export function explain(explanation: Explanation): string {
  const { kind, document, fields } = explanation;
  const schema = schemaOfKind(document, kind);
  if (!schema)
    throw new CommandError(`GVK ${kind.group}/${kind.version}, Kind=${kind.kind} not found in OpenAPI schema`);
  const body = explainPath(schema, fields, explanation, new Set());
  if (body === '') throw new CommandError(`field "${fields.at(-1)}" does not exist`);
  return `${body}\n`;
}

/** What stands above every explanation, also of a field that is not there. */
export const headOfKind = ({ group, version, kind }: Explanation['kind']): string =>
  `${group ? `GROUP:      ${group}\n` : ''}KIND:       ${kind}\nVERSION:    ${version}\n\n`;

/** Follows the path through references, lists and maps; '' where it leads nowhere. */
function explainPath(
  schema: Schema,
  path: readonly string[],
  explanation: Explanation,
  seen: ReadonlySet<string>,
): string {
  const { document } = explanation;
  const resolved = resolve(schema, document);
  const [field, ...rest] = path;
  if (field === undefined) return explainSchema(resolved, explanation);
  if (schema.$ref !== undefined && seen.has(schema.$ref)) return '';
  const known = schema.$ref === undefined ? seen : new Set([...seen, schema.$ref]);
  const property = ownProperty(resolved, field);
  if (property) {
    const inner = explainPath(property, rest, explanation, new Set());
    return rest.length === 0 && inner !== '' ? fieldHead(field, property, document) + inner : inner;
  }
  const through = resolved.items ?? valuesOf(resolved);
  if (through) return explainPath(through, path, explanation, known);
  for (const part of resolved.allOf ?? []) {
    const inner = explainPath(part, path, explanation, known);
    if (inner !== '') return inner;
  }
  return '';
}

const ownProperty = (schema: Schema, name: string): Schema | undefined =>
  Object.hasOwn(schema.properties ?? {}, name) ? schema.properties?.[name] : undefined;

const fieldHead = (name: string, schema: Schema, document: OpenApiDocument): string =>
  `FIELD: ${name} <${typeNameOf(schema, document)}>\n${schema.enum ? `ENUM:${schema.enum.map((e) => `\n    ${enumText(e)}`).join('')}` : ''}\n\n`;

function explainSchema(schema: Schema, explanation: Explanation): string {
  const words = descriptionOf(schema, explanation.document) || '<empty>';
  const fields = fieldList(schema, 1, explanation, new Set());
  return `DESCRIPTION:\n${indent(wordWrap(words, WIDTH), 4)}\n${fields === '' ? '' : `FIELDS:\n${fields}`}`;
}

function descriptionOf(schema: Schema, document: OpenApiDocument): string {
  const { description, allOf = [], items, ...rest } = resolve(schema, document);
  const inner = [...allOf, ...(items ? [items] : []), ...[valuesOf(rest)].filter((v) => v !== undefined)];
  return `${description ? `${description}\n` : ''}${inner.map((s) => descriptionOf(s, document)).join('')}`;
}

function fieldList(schema: Schema, level: number, explanation: Explanation, seen: ReadonlySet<string>): string {
  if (schema.$ref !== undefined && seen.has(schema.$ref)) return '';
  const { document, recursive } = explanation;
  const known = schema.$ref === undefined ? seen : new Set([...seen, schema.$ref]);
  const resolved = resolve(schema, document);
  const own = Object.entries(resolved.properties ?? {})
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(
      ([name, field]) =>
        fieldDetail({ name, field, isRequired: resolved.required?.includes(name) ?? false, level, explanation }) +
        (recursive ? fieldList(field, level + 1, explanation, known) : ''),
    );
  const inner = [...(resolved.allOf ?? []), resolved.items, valuesOf(resolved)].filter((s) => s !== undefined);
  return [...own, ...inner.map((s) => fieldList(s, level, explanation, known))].join('');
}

interface Field {
  name: string;
  field: Schema;
  isRequired: boolean;
  level: number;
  explanation: Explanation;
}

function fieldDetail({ name, field, isRequired, level, explanation: { document, recursive } }: Field): string {
  const by = level * 2;
  const head = `${indent(name, by)}\t<${typeNameOf(field, document)}>${isRequired ? ' -required-' : ''}`;
  const line = `${head}${field.enum ? `\n${' '.repeat(by)}enum: ${shortEnum(field.enum)}` : ''}\n`;
  if (recursive) return line;
  return `${line}${indent(wordWrap(field.description || '<no description>', 78 - by), by + 2)}\n\n`;
}

const shortEnum = (values: readonly unknown[]): string =>
  `${values.slice(0, MOST_ENUMS).map(enumText).join(', ')}${values.length > MOST_ENUMS ? ', ....' : ''}`;

const enumText = (value: unknown): string => (value === '' ? '""' : String(value));
