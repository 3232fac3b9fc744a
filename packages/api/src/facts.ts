/**
 * The facts of types and protobuf messages, by name. A group-version's JSON is parsed when one of its types is first asked
 * for; nothing is parsed at import. `typeFacts('io.k8s.api.core.v1.Pod')`, `messageFacts('k8s.io.api.core.v1.Pod')`.
 */
import type { MessageFacts, TypeFacts } from '@mkube/apimachinery';
import { texts } from './generated/facts/index.ts';
import { typeNames } from './generated/kinds.ts';
import { lazy } from './lazy.ts';

type Table<T> = Readonly<Record<string, T>>;

const parse = <T>(text: () => string): (() => Table<T>) => lazy(() => JSON.parse(text()) as Table<T>);

const tables = lazy(() => {
  const parsed = new Map<unknown, { types: () => Table<TypeFacts>; messages: () => Table<MessageFacts> }>();
  const of = (text: (typeof texts)[string]) => {
    const known = parsed.get(text) ?? {
      types: parse<TypeFacts>(text.types),
      messages: parse<MessageFacts>(text.messages),
    };
    parsed.set(text, known);
    return known;
  };
  return new Map(Object.entries(texts).map(([name, text]) => [name, of(text)]));
});

const packageOf = (typeName: string): string => typeName.slice(0, Math.max(0, typeName.lastIndexOf('.')));

/** Facts of a type by its OpenAPI name; undefined for a name that is no built-in type. */
export function typeFacts(name: string): TypeFacts | undefined {
  return own(tables().get(packageOf(name))?.types(), name);
}

/** Facts of a protobuf message by its own name, which `messageNameOf` gives for a type. */
export function messageFacts(name: string): MessageFacts | undefined {
  const typeName = name
    .replace(/^k8s\.io\./, 'io.k8s.')
    .replace('.apiextensions_apiserver.', '.apiextensions-apiserver.')
    .replace('.kube_aggregator.', '.kube-aggregator.');
  return own(tables().get(packageOf(typeName))?.messages(), name);
}

/** 'io.k8s.api.core.v1.Pod' is the message 'k8s.io.api.core.v1.Pod'. */
export const messageNameOf = (typeName: string): string =>
  typeName.replace(/^io\.k8s\./, 'k8s.io.').replaceAll('-', '_');

/** OpenAPI name of a registered kind, lists and options included: ('v1', 'PodList'). Options are registered in every group. */
export function typeNameOf(apiVersion: string, kind: string): string | undefined {
  return own(typeNames, `${apiVersion}/${kind}`) ?? own(typeNames, `meta.k8s.io/v1/${kind}`);
}

/** The version of bodies that may still say an older one: those of typed clients from before policy/v1 do. */
export const currentVersionOf = (apiVersion: string, kind: string): string =>
  kind === 'Eviction' && apiVersion === 'policy/v1beta1' ? 'policy/v1' : apiVersion;

/** Packages that types stand in: 'io.k8s.api.core.v1'. */
export const typePackages = (): readonly string[] => [...tables().keys()];

/** Names of all types of a package: 'io.k8s.api.core.v1'. */
export const typesOfPackage = (name: string): readonly string[] =>
  Object.keys(tables().get(name)?.types() ?? {}).filter((t) => packageOf(t) === name);

function own<T>(table: Table<T> | undefined, name: string): T | undefined {
  return table && Object.hasOwn(table, name) ? table[name] : undefined;
}
