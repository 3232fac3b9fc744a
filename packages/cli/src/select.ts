/** From targets to named objects: a collection with a selector or --all becomes its members. */
import type { KubernetesObject } from '@mkube/apimachinery';
import { CommandError } from './io.ts';
import { pathOf } from './mapper.ts';
import type { Target } from './resource-args.ts';
import type { Rest } from './rest.ts';

export interface Selection {
  targets: readonly Target[];
  rest: Rest;
  /** Undefined: all namespaces. */
  namespace: string | undefined;
  selector?: string;
  fieldSelector?: string;
  all: boolean;
}

export interface Selected extends Target {
  name: string;
  namespace: string | undefined;
  object?: KubernetesObject;
}

export async function selectObjects({
  targets,
  rest,
  namespace,
  selector,
  fieldSelector,
  all,
}: Selection): Promise<Selected[]> {
  const selected: Selected[] = [];
  for (const { mapping, name } of targets) {
    if (name !== undefined) {
      if (selector) throw new CommandError(`name cannot be provided when a selector is specified`);
      if (all) throw new CommandError("setting 'all' parameter but found a non empty selector or name");
      selected.push({ mapping, name, namespace });
      continue;
    }
    if (!selector && !fieldSelector && !all)
      throw new CommandError(`resource(s) were provided, but no name was specified`);
    const list = await rest.json<{ items: KubernetesObject[] }>({
      path: pathOf(mapping, namespace),
      query: { labelSelector: selector, fieldSelector },
    });
    selected.push(
      ...list.items.map((object) => ({
        mapping,
        name: object.metadata.name,
        namespace: object.metadata.namespace ?? namespace,
        object,
      })),
    );
  }
  return selected;
}
