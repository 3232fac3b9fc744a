/** The Scale of an object, by the paths that its definition names, and the object with the replicas that a Scale asks for. */
import { invalid, invalidObject, selectorOf, selectorOfMap } from '@mkube/apimachinery';
import type { KubernetesObject, ScalePaths } from '@mkube/apimachinery';
import type { Scale } from '@mkube/api';
import type { ResourceContext } from '../context.ts';
import { keysOf, valueAt } from './scale-paths.ts';

export const SCALE = { group: 'autoscaling', version: 'v1', kind: 'Scale' };

export function pathsOf({ definition }: ResourceContext): ScalePaths {
  if (!definition.strategy.scale) throw new Error(`${definition.resource} has a scale subresource but no paths for it`);
  return definition.strategy.scale;
}

export function scaleOf(object: KubernetesObject, paths: ScalePaths): Scale {
  const { name, namespace, uid, resourceVersion, creationTimestamp } = object.metadata;
  const replicas = Number(valueAt(object, paths.specReplicas) ?? 0);
  const selector = paths.labelSelector === undefined ? undefined : selectorText(valueAt(object, paths.labelSelector));
  return {
    kind: 'Scale',
    apiVersion: 'autoscaling/v1',
    metadata: { name, namespace, uid, resourceVersion, creationTimestamp },
    spec: replicas === 0 ? {} : { replicas },
    status: { replicas: Number(valueAt(object, paths.statusReplicas) ?? 0), ...(selector && { selector }) },
  } as Scale;
}

export function scaled(object: KubernetesObject, wanted: Scale, context: ResourceContext): KubernetesObject {
  const replicas = wanted.spec?.replicas ?? 0;
  if (replicas < 0) throw negative(replicas, context);
  const next = withValueAt(
    object as unknown as Tree,
    keysOf(pathsOf(context).specReplicas),
    replicas,
  ) as unknown as KubernetesObject;
  const resourceVersion = wanted.metadata.resourceVersion || object.metadata.resourceVersion;
  const uid = wanted.metadata.uid || object.metadata.uid;
  return { ...next, metadata: { ...next.metadata, uid, resourceVersion } };
}

export const withoutNoReplicas = (object: KubernetesObject, { specReplicas }: ScalePaths): KubernetesObject =>
  valueAt(object, specReplicas) === 0
    ? (withValueAt(object as unknown as Tree, keysOf(specReplicas), undefined) as unknown as KubernetesObject)
    : object;

/** A custom resource says it of itself, by its own path. */
function negative(replicas: number, { definition, info }: ResourceContext) {
  if (!definition.custom)
    return invalidObject({ group: 'autoscaling', kind: 'Scale' }, info.name, [
      invalid('spec.replicas', replicas, 'must be greater than or equal to 0'),
    ]);
  const path = definition.strategy.scale?.specReplicas ?? '';
  return invalidObject(definition, info.name, [invalid(path, replicas, 'should be a non-negative integer')]);
}

type Tree = Record<string, unknown>;

function withValueAt(tree: Tree, [key = '', ...rest]: string[], value: unknown): Tree {
  return { ...tree, [key]: rest.length === 0 ? value : withValueAt((tree[key] ?? {}) as Tree, rest, value) };
}

/** A selector as text: 'a=b,c in (d,e)'; a custom resource has it as text already. */
function selectorText(selector: unknown): string {
  if (typeof selector === 'string') return selector;
  if (typeof selector !== 'object' || selector === null) return '';
  const { matchLabels, matchExpressions } = selector as { matchLabels?: unknown; matchExpressions?: unknown };
  const structured = matchLabels !== undefined || matchExpressions !== undefined;
  return structured ? selectorOf(selector).toString() : selectorOfMap(selector as Record<string, string>).toString();
}
