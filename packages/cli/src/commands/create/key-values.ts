/** --from-literal, --from-file and --from-env-file, for config maps and secrets. */
import * as fs from 'node:fs';
import * as path from 'node:path';
import { list } from '../../command.ts';
import { CommandError } from '../../io.ts';

export const keyValueFlags = {
  'from-file': list('Key file can be specified using its file path, in which case file basename will be used as key.'),
  'from-literal': list('Specify a key and literal value to insert (i.e. mykey=somevalue)'),
  'from-env-file': list('Specify the path to a file to read lines of key=val pairs.'),
} as const;

export interface KeyValueFlags {
  'from-file': string[];
  'from-literal': string[];
  'from-env-file': string[];
}

const KEY = /^[-._a-zA-Z0-9]+$/;

export function readKeyValues(flags: KeyValueFlags, cwd: string): Map<string, Buffer> {
  const data = new Map<string, Buffer>();
  const add = (key: string, value: Buffer): void => {
    if (!KEY.test(key) || key === '.' || key === '..')
      throw new CommandError(
        `"${key}" is not a valid key name: a valid config key must consist of alphanumeric characters, '-', '_' or '.'`,
      );
    if (data.has(key)) throw new CommandError(`cannot add key "${key}", another key by that name already exists`);
    data.set(key, value);
  };
  for (const literal of flags['from-literal']) {
    const equals = literal.indexOf('=');
    if (equals <= 0) throw new CommandError(`invalid literal source ${literal}, expected key=value`);
    add(literal.slice(0, equals), Buffer.from(literal.slice(equals + 1).replace(/^(["'])(.*)\1$/s, '$2')));
  }
  for (const source of flags['from-file']) addFiles(source, cwd, add);
  for (const file of flags['from-env-file'])
    for (const line of read(path.resolve(cwd, file)).toString('utf8').split(/\r?\n/)) {
      const trimmed = line.trimStart();
      if (!trimmed || trimmed.startsWith('#')) continue;
      const equals = trimmed.indexOf('=');
      add(equals < 0 ? trimmed : trimmed.slice(0, equals), Buffer.from(equals < 0 ? '' : trimmed.slice(equals + 1)));
    }
  return data;
}

function addFiles(source: string, cwd: string, add: (key: string, value: Buffer) => void): void {
  const equals = source.indexOf('=');
  const file = path.resolve(cwd, equals < 0 ? source : source.slice(equals + 1));
  const key = equals < 0 ? undefined : source.slice(0, equals);
  if (!fs.existsSync(file)) throw new CommandError(`error reading ${source}: no such file or directory`);
  if (!fs.statSync(file).isDirectory()) {
    add(key ?? path.basename(file), read(file));
    return;
  }
  if (key !== undefined) throw new CommandError('cannot give a key name for a directory path');
  for (const entry of fs.readdirSync(file, { withFileTypes: true }))
    if (entry.isFile() && KEY.test(entry.name)) add(entry.name, read(path.join(file, entry.name)));
}

function read(file: string): Buffer {
  try {
    return fs.readFileSync(file);
  } catch (error) {
    throw new CommandError(`error reading ${file}: ${(error as NodeJS.ErrnoException).code ?? 'failed'}`, 1, {
      cause: error,
    });
  }
}

/** Text that is valid UTF-8, else undefined. */
export function textOf(bytes: Buffer): string | undefined {
  const decoded = bytes.toString('utf8');
  return Buffer.from(decoded).equals(bytes) ? decoded : undefined;
}
