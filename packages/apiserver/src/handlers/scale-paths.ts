/** The paths that a scale subresource is about: '.spec.size' as a CustomResourceDefinition names it, 'spec.replicas' as built-in kinds do. */
import { isJsonObject } from '@mkube/apimachinery';

export const keysOf = (path: string): string[] => path.split('.').filter(Boolean);

/** What the object holds there; undefined where there is nothing. */
export function valueAt(object: unknown, path: string): unknown {
  let value = object;
  for (const key of keysOf(path)) value = isJsonObject(value) && Object.hasOwn(value, key) ? value[key] : undefined;
  return value;
}
