/**
 * What the first owner of a new object owns, written down as FieldsV1 text in one walk. Objects that are made of one template
 * have the same text, and share one parsed set and its text from then on. Where anything is out of the ordinary (an element
 * that stands twice, a key that needs escapes) this gives up, and the general comparison decides.
 */
import { type JsonObject, getOwn, isJsonObject } from '../own.ts';
import type { KubernetesObject, Schema } from '../resource.ts';
import type { FieldNode, ListNode, MapNode, SchemaNode, StructNode } from '../schema/node.ts';
import { UNTYPED } from '../schema/node.ts';
import { type FieldSet, inOrder } from './field-set.ts';
import { type FieldShape, hasShape, shapeOf } from './field-shape.ts';
import { UNOWNED_METADATA } from './ownership.ts';
import { isEmptyValue } from './typed.ts';

export interface NewObject {
  schema: Schema;
  object: KubernetesObject;
  /** Fields that the endpoint resets. */
  resetFields: readonly string[];
}

/** Templates of a type that are known at a time. */
const MOST = 8;
const LONG = 64 * 1024;

interface Known {
  shape: FieldShape;
  set: FieldSet;
  resetFields: readonly string[];
}

export class NewFields {
  readonly #texts = new WeakMap<object, string>();
  /** The latest of each type, the one used last first. */
  readonly #known = new WeakMap<Schema, Known[]>();

  /** In order; undefined: not for this file. */
  setOf({ schema, object, resetFields }: NewObject): FieldSet | undefined {
    const { root } = schema;
    const of = object as unknown as JsonObject;
    const known = this.#known.get(schema) ?? [];
    const at = known.findIndex((one) => isSame(one.resetFields, resetFields) && hasShape(one.shape, of));
    const found = known[at];
    if (found) {
      if (at > 0) known.unshift(...known.splice(at, 1));
      return found.set;
    }
    if (root.kind !== 'struct' || resetFields.some((path) => path.includes('.'))) return undefined;
    const before = schema.decode({ apiVersion: object.apiVersion, kind: object.kind }).object;
    const passed = new Set(['apiVersion', 'kind', ...resetFields]);
    const text = new Walk(passed).ofObject(root, before, of);
    if (text === undefined) return undefined;
    const set = inOrder(JSON.parse(text) as FieldSet);
    this.#texts.set(set, JSON.stringify(set));
    if (text.length > LONG) return set;
    const passedBelow = (name: string) => (name === 'metadata' ? UNOWNED_METADATA : undefined);
    const shape = shapeOf({ node: root, before, passed, passedBelow }, of);
    this.#known.set(schema, [{ shape, set, resetFields }, ...known.slice(0, MOST - 1)]);
    return set;
  }

  /** The JSON text of a set that was made here. */
  textOf(set: object): string | undefined {
    return this.#texts.get(set);
  }
}

const isSame = (a: readonly string[], b: readonly string[]): boolean =>
  a === b || (a.length === b.length && a.every((path, i) => path === b[i]));

/** A place that is there before and after. */
interface Both {
  before: JsonObject;
  after: JsonObject;
  skipped: ReadonlySet<string> | undefined;
  atRoot?: boolean;
}

const MEMBER = '{}';
const NONE: JsonObject = {};

class Walk {
  readonly #skipped: ReadonlySet<string>;
  #odd = false;

  constructor(skipped: ReadonlySet<string>) {
    this.#skipped = skipped;
  }

  /** undefined where there is nothing to own, or too much for this file. */
  ofObject(root: StructNode, before: JsonObject, object: JsonObject): string | undefined {
    const text = this.#addedFields(root, { before, after: object, skipped: this.#skipped, atRoot: true });
    return this.#odd || text === '' ? undefined : `{${text.slice(1)}}`;
  }

  /** The children of a place that is there on both sides, each with a comma before it. */
  #addedTo(node: SchemaNode, before: unknown, after: unknown, skipped?: ReadonlySet<string>): string {
    if (before === after) return '';
    if (isGranular(node) && isJsonObject(before) && isJsonObject(after))
      return this.#addedFields(node, { before, after, skipped });
    if (isAssociative(node) && Array.isArray(after) && Array.isArray(before) && before.length === 0)
      return this.#items(node, after);
    return this.#giveUp();
  }

  #addedFields(node: StructNode | MapNode, { before, after, skipped, atRoot = false }: Both): string {
    let text = '';
    for (const name in after) {
      const value = after[name];
      if (value === undefined || skipped?.has(name)) continue;
      const [field, child] = placeOf(node, name);
      const ofMetadata = atRoot && name === 'metadata';
      const was = getOwn(before, name) ?? (ofMetadata ? NONE : undefined);
      if (was === value) continue;
      if (was === undefined) text += `,${nameText(field, name)}${this.#whole(child, value)}`;
      else {
        const inner = this.#addedTo(child, was, value, ofMetadata ? UNOWNED_METADATA : undefined);
        if (inner) text += `,${nameText(field, name)}{${inner.slice(1)}}`;
      }
    }
    for (const name in before)
      if (before[name] !== undefined && !skipped?.has(name) && after[name] === undefined) this.#odd = true;
    return text;
  }

  /** A place that is there on one side alone: itself and all below it. */
  #whole(node: SchemaNode, value: unknown): string {
    if (typeof value !== 'object' || isEmptyValue(value)) return MEMBER;
    const real = node.kind === 'untyped' ? GRANULAR : node;
    if (isGranular(real)) return isJsonObject(value) ? `{".":{}${this.#fields(real, value)}}` : MEMBER;
    return isAssociative(real) && Array.isArray(value) ? `{".":{}${this.#items(real, value)}}` : MEMBER;
  }

  #fields(node: StructNode | MapNode, object: JsonObject): string {
    let text = '';
    for (const name in object) {
      const value = object[name];
      if (value === undefined) continue;
      const [field, child] = placeOf(node, name);
      text += `,${nameText(field, name)}${this.#whole(child, value)}`;
    }
    return text;
  }

  #items(node: ListNode, list: readonly unknown[]): string {
    let text = '';
    const seen = new Set<string>();
    for (const item of list) {
      const key = itemText(node, item);
      if (key === undefined || seen.has(key)) return this.#giveUp();
      seen.add(key);
      text += `,${key}:${this.#whole(node.items, item)}`;
    }
    return text;
  }

  #giveUp(): '' {
    this.#odd = true;
    return '';
  }
}

const GRANULAR: MapNode = { kind: 'map', values: UNTYPED, atomic: false };

const isGranular = (node: SchemaNode): node is StructNode | MapNode =>
  (node.kind === 'struct' || node.kind === 'map') && !node.atomic;
const isAssociative = (node: SchemaNode): node is ListNode => node.kind === 'list' && node.listType !== 'atomic';

function placeOf(node: StructNode | MapNode, name: string): [FieldNode | undefined, SchemaNode] {
  if (node.kind === 'map') return [undefined, node.values];
  const field = node.fields.get(name);
  return [field, field?.node ?? node.others ?? UNTYPED];
}

/** `"f:spec":` */
const nameText = (field: FieldNode | undefined, name: string): string => `${quoted(field?.element ?? `f:${name}`)}:`;

/** Text that JSON writes as it is. */
const PLAIN = /^[\x20\x21\x23-\x5b\x5d-\x7e]*$/;
const quoted = (text: string): string => (PLAIN.test(text) ? `"${text}"` : JSON.stringify(text));

/** `"k:{\"name\":\"a\"}"` */
function itemText(node: ListNode, item: unknown): string | undefined {
  if (node.listType === 'set') {
    const value = scalarText(item);
    return value === undefined ? undefined : `"v:${value}"`;
  }
  if (!isJsonObject(item)) return undefined;
  let text = '';
  for (const name of node.keys) {
    const value = getOwn(item, name) ?? defaultOf(node.items, name);
    if (value === undefined) continue;
    const shown = scalarText(value);
    if (shown === undefined || !PLAIN.test(name)) return undefined;
    text += `${text && ','}\\"${name}\\":${shown}`;
  }
  return text ? `"k:{${text}}"` : undefined;
}

const defaultOf = (items: SchemaNode, name: string): unknown =>
  items.kind === 'struct' ? items.fields.get(name)?.default : undefined;

/** JSON in a JSON string. */
function scalarText(value: unknown): string | undefined {
  if (typeof value === 'string') return PLAIN.test(value) ? `\\"${value}\\"` : undefined;
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined;
}
