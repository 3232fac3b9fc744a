/**
 * Sets of fields, kept in the very form in which managedFields carry them (FieldsV1), so that nothing is translated:
 *
 *   { 'f:spec': { 'f:containers': { 'k:{"name":"a"}': { '.': {}, 'f:image': {} } } } }
 *
 * A node that is empty is a member; one with children is a member only if it holds '.'. Keys are 'f:<field>',
 * 'k:<JSON of a list element's keys>', 'v:<JSON of a set's element>', 'i:<index>'. Sets are never changed.
 */
import { sortKeys } from '../codec/yaml-text.ts';

export interface FieldSet {
  readonly [element: string]: FieldSet;
}
export type MutableFieldSet = Record<string, FieldSet>;

const SELF = '.';
export const MEMBER: FieldSet = Object.freeze({});

export function isEmptySet(set: FieldSet): boolean {
  for (const _ in set) return false;
  return true;
}

/** Whether the field that `node` stands for is itself in the set. */
export const isMember = (node: FieldSet | undefined): boolean =>
  node !== undefined && (isEmptySet(node) || Object.hasOwn(node, SELF));

export const childOf = (set: FieldSet | undefined, element: string): FieldSet | undefined =>
  set !== undefined && Object.hasOwn(set, element) ? set[element] : undefined;

/** The node of a field: its children, and whether it is itself a member. Undefined where it is neither. */
export function nodeOf(children: FieldSet, member: boolean): FieldSet | undefined {
  if (isEmptySet(children)) return member ? MEMBER : undefined;
  return member ? { [SELF]: MEMBER, ...children } : children;
}

/** The children of a node, without its own mark. */
export function childrenOf(node: FieldSet): FieldSet {
  if (!Object.hasOwn(node, SELF)) return node;
  const { [SELF]: _, ...children } = node;
  return children;
}

/** `a` itself where it holds all of `b` already. */
export const union = (a: FieldSet, b: FieldSet): FieldSet => {
  if (a === b || isEmptySet(b)) return a;
  if (isEmptySet(a)) return b;
  let out: MutableFieldSet | undefined;
  for (const element in b) {
    const node = b[element] ?? MEMBER;
    const other = childOf(a, element);
    const both = other ? unionOfNodes(other, node) : node;
    if (both !== other) (out ??= { ...a })[element] = both;
  }
  return out ?? a;
};

function unionOfNodes(a: FieldSet, b: FieldSet): FieldSet {
  const children = union(childrenOf(a), childrenOf(b));
  const member = isMember(a) || isMember(b);
  if (children === childrenOf(a) && member === isMember(a)) return a;
  return nodeOf(children, member) ?? MEMBER;
}

/** What is in both. */
export function intersection(a: FieldSet, b: FieldSet): FieldSet {
  if (a === b) return a;
  const out: MutableFieldSet = {};
  for (const [element, node] of Object.entries(a)) {
    const other = element === SELF ? undefined : childOf(b, element);
    if (!other) continue;
    const both = nodeOf(intersection(childrenOf(node), childrenOf(other)), isMember(node) && isMember(other));
    if (both) out[element] = both;
  }
  return out;
}

/** `a` without the members of `b`; what lies below a member of `b` stays. `a` itself where they have nothing in common. */
export function difference(a: FieldSet, b: FieldSet): FieldSet {
  let out: MutableFieldSet | undefined;
  for (const element in b) {
    const node = element === SELF ? undefined : childOf(a, element);
    if (!node) continue;
    const left = differenceOfNodes(node, b[element] ?? MEMBER);
    if (left === node) continue;
    out ??= { ...a };
    if (left) out[element] = left;
    else delete out[element];
  }
  return out ?? a;
}

function differenceOfNodes(a: FieldSet, b: FieldSet): FieldSet | undefined {
  const before = childrenOf(a);
  const children = difference(before, b);
  const loses = isMember(a) && isMember(b);
  return children === before && !loses ? a : nodeOf(children, isMember(a) && !loses);
}

/** `a` without the members of `b` and all that lies below them. */
export function differenceBelow(a: FieldSet, b: FieldSet): FieldSet {
  const out: MutableFieldSet = {};
  for (const [element, node] of Object.entries(a)) {
    const other = childOf(b, element);
    if (isMember(other)) continue;
    const left = other ? nodeOf(differenceBelow(childrenOf(node), other), isMember(node)) : node;
    if (left) out[element] = left;
  }
  return out;
}

export function setEquals(a: FieldSet, b: FieldSet): boolean {
  if (a === b) return true;
  const keys = Object.keys(a);
  return (
    keys.length === Object.keys(b).length &&
    keys.every((key) => {
      const [x, y] = [childOf(a, key), childOf(b, key)];
      return x !== undefined && y !== undefined && setEquals(x, y);
    })
  );
}

/** The same set with the elements of every level in order, as Kubernetes writes them: clients compare the text. */
export const inOrder = (set: FieldSet): FieldSet => (isInOrder(set) ? set : (sortKeys(set) as FieldSet));

function isInOrder(set: FieldSet): boolean {
  let last = '';
  for (const element in set) {
    if (element < last || !isInOrder(set[element] ?? MEMBER)) return false;
    last = element;
  }
  return true;
}

/** Paths of all members, elements as they stand in the set: those of a level before what lies below them. */
export function membersOf(set: FieldSet): string[][] {
  const entries = Object.entries(set).filter(([element]) => element !== SELF);
  return [
    ...entries.filter(([, node]) => isMember(node)).map(([element]) => [element]),
    ...entries.flatMap(([element, node]) => membersOf(node).map((path) => [element, ...path])),
  ];
}

/** A set of the fields at these paths of names: [['metadata', 'name'], ['status']]. */
export const setOfNames = (paths: readonly (readonly string[])[]): FieldSet =>
  paths.reduce<FieldSet>(
    (set, path) =>
      union(
        set,
        path.reduceRight<FieldSet>((node, name) => ({ [`f:${name}`]: node }), MEMBER),
      ),
    {},
  );
