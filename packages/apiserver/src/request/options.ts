/** Options of a write out of its query: dryRun, fieldManager, fieldValidation. Pure; faults are the client's Invalid. */
import { type FieldError, invalid, invalidObject, notSupported, tooLong } from '@mkube/apimachinery';

export type FieldValidation = 'Ignore' | 'Warn' | 'Strict';

export interface WriteOptions {
  dryRun: boolean;
  /** The query's fieldManager, else the User-Agent up to its first '/'. */
  fieldManager: string;
  fieldValidation: FieldValidation;
  force: boolean | undefined;
}

const MAX_MANAGER = 128;
const UNPRINTABLE = /[^\p{L}\p{M}\p{N}\p{P}\p{S} ]/gu;
const VALIDATIONS = ['Ignore', 'Strict', 'Warn'];

/** `kind` is CreateOptions, UpdateOptions or PatchOptions: what faults are reported on. */
export function parseWriteOptions(query: URLSearchParams, userAgent: string | undefined, kind: string): WriteOptions {
  const errors: FieldError[] = [];
  const fieldValidation = query.get('fieldValidation') || 'Warn';
  if (!VALIDATIONS.includes(fieldValidation))
    errors.push(notSupported('fieldValidation', fieldValidation, ['', ...VALIDATIONS]));
  const manager = query.get('fieldManager') ?? '';
  if (Buffer.byteLength(manager) > MAX_MANAGER) errors.push(tooLong('fieldManager', MAX_MANAGER));
  for (const { 0: character, index } of manager.matchAll(UNPRINTABLE))
    errors.push(invalid('fieldManager', manager, unprintable(character, index)));
  const dryRun = parseDryRun(query.getAll('dryRun'), errors);
  const force = query.get('force');
  if (errors.length > 0) throw invalidObject({ group: 'meta.k8s.io', kind }, '', errors);
  return {
    dryRun,
    fieldManager: manager || ((userAgent ?? '').split('/', 1)[0] ?? '') || 'unknown',
    fieldValidation: fieldValidation as FieldValidation,
    force: force === null ? undefined : force !== 'false' && force !== '0',
  };
}

function unprintable(character: string, at: number): string {
  const code = (character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
  return `invalid character U+${code} (at position ${at})`;
}

export function parseDryRun(values: readonly string[], errors: FieldError[]): boolean {
  const given = values.filter((value) => value !== '');
  for (const value of given) if (value !== 'All') errors.push(notSupported('dryRun', given, ['All']));
  return given.includes('All');
}
