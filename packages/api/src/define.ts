/**
 * Makes a resource definition of its facts and of the code that facts cannot hold. Definitions are frozen and cheap: what
 * is heavy (schema, columns) is made when first read.
 */
import type { KubernetesObject, ResourceDefinition, Strategy, TableColumn, Verb } from '@mkube/apimachinery';
import type { ColumnFacts, ResourceFacts } from './resource-facts.ts';
import { dropping } from './disabled-fields/drop.ts';
import { lazy } from './lazy.ts';
import { schemaOf } from './schema.ts';

const ALL_VERBS: readonly Verb[] = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'];

/** A kind's own code: strategy hooks, and what else of the definition is not in the facts. */
export interface KindCode<T extends KubernetesObject> extends Strategy<T> {
  /** A plain Kubernetes acts on the kind and this cluster does not yet: writes carry a Warning. */
  inert?: boolean;
  /** Where Kubernetes' own storage key is not the resource's name. */
  storagePrefix?: string;
  storage?: ResourceDefinition<T>['storage'];
  /** Where what an endpoint leaves alone is finer than paths can say: a hook holds it then. */
  resetFields?: ResourceDefinition<T>['resetFields'];
  /** Where the facts have none: kinds of aggregated APIs. */
  columns?: readonly ColumnFacts[];
}

export function defineResource<T extends KubernetesObject>(
  facts: ResourceFacts,
  code: KindCode<T> = {},
): ResourceDefinition<T> {
  const {
    inert = false,
    storagePrefix = facts.resource,
    storage,
    resetFields = facts.resetFields,
    columns: headings = facts.columns,
    ...strategy
  } = code;
  const columns = lazy(() => headings.map(columnOf));
  const schema = lazy(() => schemaOf(facts.type));
  return Object.freeze({
    group: facts.group,
    version: facts.version,
    resource: facts.resource,
    kind: facts.kind,
    listKind: facts.listKind ?? `${facts.kind}List`,
    singular: facts.singular,
    namespaced: facts.namespaced,
    shortNames: facts.shortNames ?? [],
    categories: facts.categories ?? [],
    verbs: facts.verbs ?? ALL_VERBS,
    subresources: facts.subresources ?? {},
    type: facts.type,
    get schema() {
      return schema();
    },
    get columns() {
      return columns();
    },
    strategy: dropping(withAliases(strategy, facts), facts),
    generation: facts.generation ?? false,
    createOnUpdate: facts.createOnUpdate ?? false,
    unconditionalUpdate: facts.unconditionalUpdate ?? false,
    returnsDeleted: facts.returnsDeleted ?? false,
    resetFields: resetFields ?? {},
    defaultPropagation: facts.gc ?? 'background',
    selectable: [...(facts.selectable ?? []), ...Object.keys(facts.selectableAlias ?? {})],
    storagePrefix,
    ...(storage && { storage }),
    inert,
    custom: false,
    ...(facts.storageVersionHash && { storageVersionHash: facts.storageVersionHash }),
  });
}

/** A column of a Table out of its facts. */
export const columnOf = ([name, type, format, priority]: ColumnFacts): TableColumn => ({
  name,
  type,
  format,
  description: '',
  priority,
});

/** Only the labels that this version supports; other names of a label have its value. */
function withAliases<T extends KubernetesObject>(
  strategy: Strategy<T>,
  { selectable = [], selectableAlias = {} }: ResourceFacts,
): Strategy<T> {
  const { selectableFields } = strategy;
  const aliases = Object.entries(selectableAlias);
  if (!selectableFields || aliases.length === 0) return strategy;
  const names: [string, string][] = [...selectable.map((name): [string, string] => [name, name]), ...aliases];
  return {
    ...strategy,
    selectableFields: (object) => {
      const fields = selectableFields(object);
      const shown: Record<string, string> = {};
      for (const [name, target] of names) shown[name] = fields[target] ?? '';
      return shown;
    },
  };
}
