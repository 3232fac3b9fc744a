/**
 * What every write has in common: its options, and the way of an object to and from the stored version.
 */
import type { KubernetesObject, ResourceDefinition } from '@mkube/apimachinery';
import type { ResourceContext } from '../context.ts';
import type { WriteOptions } from '../request/options.ts';

export const writeOptionsOf = ({ request, server }: ResourceContext, kind: string): WriteOptions =>
  server.knownOptions.of(request, kind);

export const toStorage = (object: KubernetesObject, { storage }: ResourceDefinition): KubernetesObject =>
  storage ? storage.toStorage(object) : object;

/** Declared defaults, then the kind's own. `before`: what it was made of, where that has its declared defaults. */
export function withDefaults(
  object: KubernetesObject,
  { schema, strategy }: ResourceDefinition,
  before?: KubernetesObject,
): KubernetesObject {
  const defaulted = schema.applyDefaults(object, before);
  return strategy.applyDefaults?.(defaulted) ?? defaulted;
}

/** Fields in the facts' order and nothing that they do not know, whatever admission and strategies made of `before`. */
export const canonical = (
  object: KubernetesObject,
  { schema }: ResourceDefinition,
  before?: KubernetesObject,
): KubernetesObject => schema.decode(object, before).object as unknown as KubernetesObject;

export interface Warned {
  old?: KubernetesObject;
  /** Nothing was to be said of an object of the same spec and annotations. */
  judged?: boolean;
}

/** Tells the writer what this server will not do with the object; whether there was anything to say of it. */
export function warn(
  context: ResourceContext,
  object: KubernetesObject,
  { old, judged = false }: Warned = {},
): boolean {
  const { definition, warnings } = context;
  const { strategy } = definition;
  const { warnings: warningsOf } = (judged ? strategy.besideSpec : undefined) ?? strategy;
  const texts = warningsOf?.(object, old) ?? [];
  warnings.add(...texts);
  if (definition.inert)
    warnings.add(`${definition.kind} is stored and served, but nothing in this cluster acts on it yet`);
  return texts.length > 0;
}

/** What the endpoint may not change, taken from `old` again: `paths` are 'status', 'metadata.ownerReferences'. */
export function resetFields(
  object: KubernetesObject,
  old: object | undefined,
  paths: readonly string[],
): KubernetesObject {
  let result: Record<string, unknown> = { ...object };
  for (const path of paths) result = copyPath(result, (old ?? {}) as Record<string, unknown>, path.split('.'));
  return result as unknown as KubernetesObject;
}

function copyPath(
  to: Record<string, unknown>,
  from: Record<string, unknown>,
  path: readonly string[],
): Record<string, unknown> {
  const [key = '', ...rest] = path;
  const value = from[key];
  if (rest.length === 0) {
    const { [key]: _old, ...others } = to;
    return value === undefined ? others : { ...to, [key]: value };
  }
  return {
    ...to,
    [key]: copyPath((to[key] ?? {}) as Record<string, unknown>, (value ?? {}) as Record<string, unknown>, rest),
  };
}
