/** What the cells of several kinds are made of, worded as kubectl shows them. */
import { type LabelSelector, type ObjectMeta, ageOf, formatAge, selectorOf } from '@mkube/apimachinery';
import type { PodSpec } from './generated/types/core-v1.ts';

type HasMetadata = { readonly metadata: Pick<ObjectMeta, 'creationTimestamp'> };

export const NONE = '<none>';
export const UNSET = '<unset>';
export const UNKNOWN = '<unknown>';

/** '5d3h' since creation. */
export const age = ({ metadata }: HasMetadata, now: Date): string => ageOf(metadata.creationTimestamp, now);

/** Milliseconds between two times, as an age. */
export const spanOf = (from: string, to: string | undefined, now: Date): string =>
  formatAge((to === undefined ? now.getTime() : Date.parse(to)) - Date.parse(from));

/** Names and images of the containers. */
export const containersAndImages = (spec: PodSpec | undefined): [string, string] => [
  (spec?.containers ?? []).map((c) => c.name).join(','),
  (spec?.containers ?? []).map((c) => c.image ?? '').join(','),
];

/** 'a=b,c=d' */
export const formatLabels = (labels: Readonly<Record<string, string>> | undefined): string =>
  Object.entries(labels ?? {})
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, value]) => `${key}=${value}`)
    .join(',') || NONE;

export function formatLabelSelector(selector: LabelSelector | undefined): string {
  if (!selector) return NONE;
  try {
    return selectorOf(selector).toString() || NONE;
  } catch {
    return '<error>';
  }
}

export const yesNo = (value: boolean | undefined): string => (value === undefined ? UNSET : value ? 'True' : 'False');

/** The first `max`, and how many more. */
export function firstOf(list: readonly string[], max: number, separator = ','): string {
  const shown = list.slice(0, max).join(separator);
  return list.length > max ? `${shown} + ${list.length - max} more...` : shown;
}
