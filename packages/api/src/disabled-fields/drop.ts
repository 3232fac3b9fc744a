/**
 * Takes the fields of disabled features out of what is written. An object without any is given back as it is: the walk
 * copies nothing that it does not change, since every pod passes here.
 */
import type { KubernetesObject, Strategy } from '@mkube/apimachinery';
import { lazy } from '../lazy.ts';
import { type Feature, disabledFeatures } from './table.ts';

interface Step {
  key: string;
  /** The path goes on in every item of the list, or every value of the map. */
  inEach: boolean;
  /** Left out itself when it is empty afterwards. */
  orEmpty: boolean;
}

type Path = readonly Step[];

interface Dropped {
  paths: readonly Path[];
  exceptAt?: string;
}

/** The strategy with its preparations behind the drop; the same where the kind has no such fields. */
export function dropping<T extends KubernetesObject>(
  strategy: Strategy<T>,
  { group, kind }: { group: string; kind: string },
): Strategy<T> {
  const features = disabledFeatures[group ? `${group}/${kind}` : kind];
  if (!features) return strategy;
  const dropped = lazy(() => features.map(droppedOf));
  return {
    ...strategy,
    prepareForCreate: (object, context) => {
      const kept = withoutDisabled(object, undefined, dropped());
      return strategy.prepareForCreate?.(kept, context) ?? kept;
    },
    prepareForUpdate: (object, old, context) => {
      const here = dropped().filter(({ exceptAt }) => !exceptAt || exceptAt !== context.subresource);
      const kept = withoutDisabled(object, old, here);
      return strategy.prepareForUpdate?.(kept, old, context) ?? kept;
    },
  };
}

function withoutDisabled<T>(object: T, old: T | undefined, features: readonly Dropped[]): T {
  let kept = object;
  for (const { paths } of features) {
    let dropped = kept;
    for (const path of paths) dropped = without(dropped, path);
    if (dropped !== kept && !isUsed(old, paths)) kept = dropped;
  }
  return kept;
}

const isUsed = (old: unknown, paths: readonly Path[]): boolean => paths.some((path) => without(old, path) !== old);

function without<T>(value: T, path: Path, at = 0): T {
  const step = path[at];
  if (!step || typeof value !== 'object' || value === null) return value;
  const { key, inEach, orEmpty } = step;
  const parent = value as Record<string, unknown>;
  const child = parent[key];
  if (child === undefined) return value;
  const left = at + 1 === path.length ? undefined : (inEach ? withoutInEach : without)(child, path, at + 1);
  if (left === child) return value;
  if (left !== undefined && !(orEmpty && Object.keys(left as object).length === 0)) return { ...value, [key]: left };
  const { [key]: _dropped, ...others } = parent;
  return others as T;
}

function withoutInEach(children: unknown, path: Path, at: number): unknown {
  if (Array.isArray(children)) return withoutInItems(children, path, at);
  if (typeof children !== 'object' || children === null) return children;
  const entries = Object.entries(children);
  const left = entries.map(([key, child]): [string, unknown] => [key, without<unknown>(child, path, at)]);
  return left.every(([, child], i) => child === entries[i]?.[1]) ? children : Object.fromEntries(left);
}

function withoutInItems(items: readonly unknown[], path: Path, at: number): readonly unknown[] {
  let copy: unknown[] | undefined;
  for (let i = 0; i < items.length; i++) {
    const item = items[i];
    const left = without(item, path, at);
    if (left !== item) (copy ??= [...items])[i] = left;
  }
  return copy ?? items;
}

const droppedOf = ({ fields, exceptAt }: Feature): Dropped => ({
  paths: fields.map((field) => field.split('.').map(stepOf)),
  ...(exceptAt && { exceptAt }),
});

function stepOf(name: string): Step {
  const [, key = name, suffix] = /^(\w+)(\[\]|\{\}|\?)?$/.exec(name) ?? [];
  return { key, inEach: suffix === '[]' || suffix === '{}', orEmpty: suffix === '?' };
}
