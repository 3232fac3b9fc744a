/**
 * -f: manifests from files, folders, URLs and standard input, in YAML or JSON, Lists unwrapped, in order. Every fault names the file and
 * the line, and no command acts on a file before all of it was read well.
 */
import * as fs from 'node:fs';
import * as path from 'node:path';
import type { KubernetesObject } from '@mkube/apimachinery';
import { bool, list, text } from './command.ts';
import { CommandError, type Io } from './io.ts';
import { readAll } from '@mkube/client';

export const fileFlags = {
  filename: list('Filename, directory, or URL to files identifying the resource.', { short: 'f' }),
  recursive: bool('Process the directory used in -f, --filename recursively.', { short: 'R' }),
  kustomize: text("Process a kustomization directory. This flag can't be used together with -f or -R.", { short: 'k' }),
} as const;

export interface FileFlags {
  filename: string[];
  recursive: boolean;
  kustomize: string | undefined;
}

export interface Manifest {
  object: KubernetesObject;
  /** 'web.yaml', 'STDIN' */
  source: string;
  line: number;
}

export async function* readManifests(flags: FileFlags, io: Io): AsyncGenerator<Manifest> {
  if (flags.kustomize)
    throw new CommandError(
      'kustomize is not built in; build it first and pipe it: kustomize build DIR | mkube apply -f -',
    );
  if (flags.filename.length === 0) throw new CommandError('must specify one of -f and -k');
  for (const name of flags.filename.flatMap((f) => f.split(',')))
    for (const [source, content] of await contentsOf(name, flags, io)) yield* parseManifests(content, source);
}

async function contentsOf(name: string, flags: FileFlags, io: Io): Promise<[string, string][]> {
  if (name === '-') return [['STDIN', (await readAll(io.stdin)).toString('utf8')]];
  if (/^https?:\/\//.test(name)) return [[name, await fetchText(name, io.signal)]];
  const file = path.resolve(io.cwd, name);
  let stat: fs.Stats;
  try {
    stat = fs.statSync(file);
  } catch (error) {
    throw new CommandError(`the path "${name}" does not exist`, 1, { cause: error });
  }
  if (!stat.isDirectory()) return [[name, readFile(file, name)]];
  const entries = fs.readdirSync(file, { withFileTypes: true, recursive: flags.recursive });
  const files = entries
    .filter((e) => e.isFile() && /\.(ya?ml|json)$/.test(e.name))
    .map((e) => path.join(e.parentPath ?? e.path, e.name))
    .toSorted((a, b) => (a < b ? -1 : 1));
  if (files.length === 0)
    throw new CommandError(`error reading [${name}]: recognized file extensions are [.json .yaml .yml]`);
  return files.map((f) => [f, readFile(f, f)]);
}

function readFile(file: string, name: string): string {
  try {
    return fs.readFileSync(file, 'utf8');
  } catch (error) {
    throw new CommandError(`unable to read "${name}": ${(error as NodeJS.ErrnoException).code ?? 'failed'}`, 1, {
      cause: error,
    });
  }
}

async function fetchText(url: string, signal: AbortSignal): Promise<string> {
  const { get } = url.startsWith('https:') ? await import('node:https') : await import('node:http');
  return new Promise((resolve, reject) => {
    const request = get(url, { signal }, (response) => {
      if (response.statusCode !== 200) {
        response.resume();
        reject(
          new CommandError(
            `unable to read URL "${url}", server reported ${response.statusCode} ${response.statusMessage ?? ''}`.trimEnd(),
          ),
        );
        return;
      }
      readAll(response).then((body) => resolve(body.toString('utf8')), reject);
    });
    request.on('error', reject);
  });
}

export async function* parseManifests(content: string, source: string): AsyncGenerator<Manifest> {
  const { LineCounter, parseAllDocuments } = await import('yaml');
  const lines = new LineCounter();
  const documents = parseAllDocuments(content, {
    lineCounter: lines,
    uniqueKeys: true,
    merge: true,
    logLevel: 'silent',
  });
  for (const document of Array.isArray(documents) ? documents : []) {
    const [fault] = document.errors;
    if (fault) {
      const at = lines.linePos(fault.pos[0]);
      throw new CommandError(
        `error parsing ${source}: error converting YAML to JSON: yaml: line ${at.line}: ${fault.message.split('\n')[0]?.replace(/ at line \d+, column \d+:?$/, '')}`,
      );
    }
    const value: unknown = document.toJS({ maxAliasCount: 100 });
    if (value === null || value === undefined) continue;
    const { line } = lines.linePos(document.contents?.range?.[0] ?? 0);
    yield* checked(value, source, line);
  }
}

function* checked(value: unknown, source: string, line: number): Generator<Manifest> {
  const object = value as Partial<KubernetesObject> & { items?: unknown[] };
  const fail = (what: string): never => {
    throw new CommandError(`error validating "${source}": line ${line}: error validating data: ${what}`);
  };
  if (typeof value !== 'object' || Array.isArray(value))
    fail('the document is not an object with apiVersion, kind and metadata');
  if (typeof object.apiVersion !== 'string' || !object.apiVersion) fail('apiVersion not set');
  if (typeof object.kind !== 'string' || !object.kind) fail('kind not set');
  if (object.kind?.endsWith('List') && Array.isArray(object.items)) {
    for (const item of object.items) {
      const inherited = object.kind === 'List' ? {} : { apiVersion: object.apiVersion, kind: object.kind.slice(0, -4) };
      yield* checked({ ...inherited, ...(item as object) }, source, line);
    }
    return;
  }
  yield { object: { ...object, metadata: object.metadata ?? {} } as KubernetesObject, source, line };
}

/** All of them, read before anything is sent. */
export async function allManifests(flags: FileFlags, io: Io): Promise<Manifest[]> {
  const all: Manifest[] = [];
  for await (const manifest of readManifests(flags, io)) all.push(manifest);
  return all;
}
