/** Structure nodes made of facts: one struct node per type, its fields when they are first looked at. */
import type { FieldFacts, TypeFacts, ValueFacts } from './facts.ts';
import type { FieldNode, LeafNode, ListNode, MapNode, SchemaNode, StructNode } from './node.ts';
import { UNTYPED } from './node.ts';
import type { Types } from './types.ts';

export function createNodes(types: Types): (typeName: string) => SchemaNode {
  const known = new Map<string, SchemaNode>();
  return nodeOf;

  function nodeOf(typeName: string): SchemaNode {
    const found = known.get(typeName);
    if (found) return found;
    const node = nodeOfType(types.of(typeName), typeName);
    known.set(typeName, node);
    return node;
  }

  function nodeOfType(facts: TypeFacts, name: string): SchemaNode {
    if (facts.kind === 'scalar') return leaf(facts.raw ? 'object' : (facts.type ?? 'any'));
    let fields: ReadonlyMap<string, FieldNode> | undefined;
    const node: StructNode = {
      kind: 'struct',
      name,
      atomic: facts.mapType === 'atomic',
      get fields() {
        return (fields ??= fieldsOf(facts));
      },
    };
    return node;
  }

  function fieldsOf(facts: TypeFacts): ReadonlyMap<string, FieldNode> {
    const inOrder = Object.entries(facts.fields ?? {}).toSorted(([, a], [, b]) => a.i - b.i);
    return new Map(inOrder.map(([name, field]) => [name, fieldNode(name, field)]));
  }

  function fieldNode(name: string, facts: FieldFacts): FieldNode {
    let node: SchemaNode | undefined;
    return {
      element: `f:${name}`,
      get node() {
        return (node ??= nodeOfField(facts));
      },
      patchStrategy: (facts.patchStrategy?.split(',') ?? []) as FieldNode['patchStrategy'],
      patchMergeKey: facts.patchMergeKey,
      default: facts.default ?? (facts.zeroDefault ? ZEROS[facts.type] : undefined),
    };
  }

  function nodeOfField(facts: FieldFacts): SchemaNode {
    const node = nodeOfValue(facts);
    if (node.kind === 'list')
      return {
        ...node,
        listType: facts.listType ?? 'atomic',
        keys: facts.listMapKeys?.toSorted() ?? [],
      } satisfies ListNode;
    if (facts.mapType === 'atomic' && node.kind === 'map') return { ...node, atomic: true } satisfies MapNode;
    // what the field says counts more than its type; a getter must stay one: spreading would look at the fields
    if (facts.mapType !== undefined && node.kind === 'struct')
      return Object.defineProperty(Object.create(node) as StructNode, 'atomic', { value: facts.mapType === 'atomic' });
    return node;
  }

  function nodeOfValue(facts: ValueFacts): SchemaNode {
    if (facts.type === 'ref') return nodeOf(facts.ref ?? '');
    if (facts.type === 'array')
      return { kind: 'list', items: facts.items ? nodeOfValue(facts.items) : UNTYPED, listType: 'atomic', keys: [] };
    if (facts.type === 'map')
      return { kind: 'map', values: facts.values ? nodeOfValue(facts.values) : UNTYPED, atomic: false };
    return leaf(facts.type);
  }
}

const ZEROS: Readonly<Record<string, unknown>> = { string: '', integer: 0, int64: 0, boolean: false };

const leaf = (type: string): LeafNode => ({ kind: 'leaf', type });
