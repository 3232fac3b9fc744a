/**
 * metadata.managedFields as a list of managers, each with its set. A manager is known by name, operation, subresource and,
 * unless it applies, by apiVersion; times are kept beside.
 */
import { isJsonObject } from '../own.ts';
import type { ManagedFieldsEntry } from '../generated/meta-v1.ts';
import { type FieldSet, inOrder, isEmptySet, union } from './field-set.ts';

export interface Manager {
  readonly manager: string;
  readonly operation: 'Apply' | 'Update';
  readonly apiVersion: string;
  readonly subresource: string;
  readonly time: string | undefined;
  readonly set: FieldSet;
  /** The entry that this was read from; written back as it is while nothing changes. */
  readonly entry?: ManagedFieldsEntry;
}

export const isSameManager = (a: Omit<Manager, 'set' | 'time'>, b: Omit<Manager, 'set' | 'time'>): boolean =>
  a.manager === b.manager &&
  a.operation === b.operation &&
  (a.operation === 'Apply' || a.apiVersion === b.apiVersion) &&
  a.subresource === b.subresource;

/** Of a stored object. */
export const decodeManagers = (entries: readonly ManagedFieldsEntry[] | undefined): Manager[] =>
  (entries ?? []).flatMap((entry) => {
    const { manager = '', operation, apiVersion = '', subresource = '', time, fieldsV1: set = {} } = entry;
    const known = operation === 'Apply' || operation === 'Update';
    return known ? [{ manager, operation, apiVersion, subresource, time, set: set as FieldSet, entry }] : [];
  });

/** Of a request; undefined where one of them cannot be read. */
export const decodeSentManagers = (entries: readonly ManagedFieldsEntry[]): Manager[] | undefined =>
  entries.every(isReadable) ? decodeManagers(entries) : undefined;

const isReadable = ({ operation, apiVersion, fieldsType, fieldsV1 = {} }: ManagedFieldsEntry): boolean =>
  (operation === 'Apply' || operation === 'Update') &&
  Boolean(apiVersion) &&
  fieldsType === 'FieldsV1' &&
  isFieldSet(fieldsV1, 0);

const MAX_SET_DEPTH = 200;

const isFieldSet = (value: unknown, depth: number): boolean =>
  isJsonObject(value) &&
  depth < MAX_SET_DEPTH &&
  Object.entries(value).every(([element, child]) => isElement(element) && isFieldSet(child, depth + 1));

function isElement(element: string): boolean {
  if (element === '.' || element.startsWith('f:')) return true;
  if (!/^[kvi]:/.test(element)) return false;
  try {
    const value: unknown = JSON.parse(element.slice(2));
    return element.startsWith('k:') ? isJsonObject(value) : element.startsWith('v:') || Number.isInteger(value);
  } catch {
    return false;
  }
}

/** In upstream's order: Apply before Update, then by time, name, apiVersion and subresource. */
export function encodeManagers(managers: readonly Manager[]): ManagedFieldsEntry[] {
  return managers
    .filter(({ set }) => !isEmptySet(set))
    .toSorted(compareManagers)
    .map(encodeManager);
}

export function encodeManager(of: Manager): ManagedFieldsEntry {
  const { entry, manager, time, set } = of;
  if (entry?.manager === manager && entry.fieldsV1 === set && entry.time === time) return entry;
  return encodeOrdered({ ...of, set: inOrder(set) });
}

/** Of a set that is in order already. */
export function encodeOrdered(of: Manager): ManagedFieldsEntry {
  const { manager, operation, apiVersion, subresource, time, set } = of;
  const encoded: ManagedFieldsEntry = { manager, operation, apiVersion };
  if (time !== undefined) encoded.time = time;
  encoded.fieldsType = 'FieldsV1';
  encoded.fieldsV1 = set;
  if (subresource) encoded.subresource = subresource;
  return encoded;
}

function compareManagers(a: Manager, b: Manager): number {
  const keys = (m: Manager): string[] => [m.operation, m.time ?? '', m.manager, m.apiVersion, m.subresource];
  const [x, y] = [keys(a), keys(b)];
  const at = x.findIndex((key, i) => key !== y[i]);
  return at < 0 ? 0 : (x[at] ?? '') < (y[at] ?? '') ? -1 : 1;
}

const MAX_UPDATERS = 10;
const ANCIENT = 'ancient-changes';

/** At most ten managers by update: the oldest of an apiVersion are folded into one. */
export function capUpdaters(managers: readonly Manager[]): readonly Manager[] {
  const updaters = managers.filter(({ operation }) => operation === 'Update');
  let surplus = updaters.length - MAX_UPDATERS;
  if (surplus <= 0) return managers;
  const oldest = updaters.toSorted(
    (a, b) => compareText(a.time ?? '', b.time ?? '') || compareText(a.manager, b.manager),
  );
  const byVersion = new Map<string, Manager[]>();
  for (const updater of oldest) {
    if (surplus <= 0) break;
    const same = byVersion.get(updater.apiVersion) ?? [];
    byVersion.set(updater.apiVersion, [...same, updater]);
    if (same.length > 0) surplus--;
  }
  const folded = [...byVersion.values()].filter((same) => same.length > 1);
  const gone = new Set(folded.flat());
  return [...managers.filter((manager) => !gone.has(manager)), ...folded.flatMap(foldedManager)];
}

const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

function foldedManager(same: readonly Manager[]): Manager[] {
  const newest = same.at(-1);
  if (!newest) return [];
  const set = same.reduce<FieldSet>((sum, one) => union(sum, one.set), {});
  return [{ ...newest, manager: ANCIENT, subresource: '', set }];
}
