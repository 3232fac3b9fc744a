/**
 * -o for commands that print objects: json, yaml, name, jsonpath, custom-columns, go-template is refused with what to use instead.
 * `createObjectPrinter` serves all formats but tables, which are the server's.
 */
import { type KubernetesObject, stringifyYaml } from '@mkube/apimachinery';
import { bool, text } from '../command.ts';
import { CommandError } from '../io.ts';
import { formatJson, withoutManagedFields } from './structured.ts';

export const outputFlags = {
  output: text(
    'Output format. One of: (json, yaml, name, jsonpath, jsonpath-as-json, jsonpath-file, custom-columns, custom-columns-file, wide).',
    { short: 'o' },
  ),
  'show-managed-fields': bool('If true, keep the managedFields when printing objects in JSON or YAML format.'),
  'allow-missing-template-keys': bool(
    'If true, ignore any errors in templates when a field or map key is missing in the template.',
    { default: true },
  ),
  template: text('Template string or path to template file to use when -o=jsonpath, -o=jsonpath-file.'),
  'no-headers': bool(
    "When using the default or custom-column output format, don't print headers (default print headers).",
  ),
} as const;

export interface OutputFlags {
  output: string | undefined;
  'show-managed-fields': boolean;
  'allow-missing-template-keys': boolean;
  template: string | undefined;
  'no-headers': boolean;
}

export type ObjectPrinter = (object: unknown) => Promise<string>;

const FORMATS = [
  'custom-columns',
  'custom-columns-file',
  'json',
  'jsonpath',
  'jsonpath-as-json',
  'jsonpath-file',
  'name',
  'wide',
  'yaml',
];

/** Undefined: a table. `name` is asked for each object's printed name; `ordered` keeps keys as they are. */
export async function createObjectPrinter(
  flags: OutputFlags,
  nameOfObject: (object: KubernetesObject) => Promise<string>,
  { ordered = false }: { ordered?: boolean } = {},
): Promise<ObjectPrinter | undefined> {
  const output = flags.output ?? '';
  const [format = '', ...rest] = output.split('=');
  const argument = rest.length > 0 ? rest.join('=') : flags.template;
  const clean = (object: unknown): unknown => (flags['show-managed-fields'] ? object : cleaned(object));
  switch (format) {
    case '':
    case 'wide':
      return undefined;
    case 'json':
      return async (object) => formatJson(clean(object), { ordered });
    case 'yaml':
      return yamlPrinter(clean);
    case 'name':
      return async (object) => namesOf(object, nameOfObject);
    case 'jsonpath':
    case 'jsonpath-file':
    case 'jsonpath-as-json':
      return jsonPath(format, argument, flags);
    case 'custom-columns':
    case 'custom-columns-file':
      return customColumns(format, argument, flags);
    default:
      throw new CommandError(
        `unable to match a printer suitable for the output format "${output}", allowed formats are: ${FORMATS.join(',')}`,
      );
  }
}

function yamlPrinter(clean: (object: unknown) => unknown): ObjectPrinter {
  let first = true;
  return async (object) => {
    const separator = first ? '' : '---\n';
    first = false;
    return separator + (await stringifyYaml(clean(object)));
  };
}

function cleaned(object: unknown): unknown {
  const list = object as { items?: KubernetesObject[] };
  if (Array.isArray(list.items)) return { ...list, items: list.items.map(withoutManagedFields) };
  return withoutManagedFields(object as KubernetesObject);
}

async function namesOf(object: unknown, nameOfObject: (object: KubernetesObject) => Promise<string>): Promise<string> {
  const { items } = object as { items?: KubernetesObject[] };
  const names = await Promise.all((items ?? [object as KubernetesObject]).map(nameOfObject));
  return names.map((n) => `${n}\n`).join('');
}

async function jsonPath(format: string, argument: string | undefined, flags: OutputFlags): Promise<ObjectPrinter> {
  if (!argument) throw new CommandError(`template format specified but no template given`);
  const template = format === 'jsonpath-file' ? await readTemplate(argument) : argument;
  const { createJsonPathPrinter, findByPath } = await import('./jsonpath.ts');
  const options = { allowMissingKeys: flags['allow-missing-template-keys'] };
  if (format === 'jsonpath-as-json') return async (object) => formatJson(findByPath(template, object, options));
  const print = createJsonPathPrinter(template, options);
  return async (object) => print(object);
}

async function customColumns(format: string, argument: string | undefined, flags: OutputFlags): Promise<ObjectPrinter> {
  const { createCustomColumnsPrinter, parseCustomColumns } = await import('./custom-columns.ts');
  const spec = format === 'custom-columns' ? (argument ?? '') : columnsOfFile(await readTemplate(argument ?? ''));
  const print = createCustomColumnsPrinter(parseCustomColumns(spec), { noHeaders: flags['no-headers'] });
  return async (object) => print((object as { items?: unknown[] }).items ?? [object]);
}

/** Two lines: headings and paths. */
function columnsOfFile(content: string): string {
  const [headers = [], paths = []] = content.split('\n').map((line) => line.trim().split(/\s+/));
  return headers.map((header, i) => `${header}:${paths[i] ?? ''}`).join(',');
}

async function readTemplate(file: string): Promise<string> {
  const { readFile } = await import('node:fs/promises');
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new CommandError(
      `error reading --template ${file}, ${(error as NodeJS.ErrnoException).code ?? 'failed'}`,
      1,
      { cause: error },
    );
  }
}
