/**
 * JSON patch, RFC 6902. Nothing given is changed: containers on the way are copied once per patch. At most 10,000
 * operations; what copies add up to is limited too, as a short patch could otherwise grow an object beyond all bounds.
 */
import { type JsonObject, getOwn, isJsonObject, jsonEquals, setOwn } from '../own.ts';
import { type JsonPatchOperation, parseOperations } from './json-patch-operation.ts';
import { indexIn, parsePointer, placeIn } from './json-pointer.ts';
import { unprocessable } from './patch-error.ts';

const MAX_COPIED = 3 << 20;

/** @throws BadRequest for what is no patch, Invalid (422) for an operation that fails, RequestEntityTooLarge for too many. */
export function applyJsonPatch(original: unknown, patch: unknown): unknown {
  const operations = parseOperations(patch);
  const state: State = { root: original, owned: new WeakSet(), copied: 0 };
  for (const operation of operations) apply(state, operation);
  return state.root;
}

interface State {
  root: unknown;
  /** Containers that this patch made and may change. */
  readonly owned: WeakSet<object>;
  copied: number;
}

function apply(state: State, operation: JsonPatchOperation): void {
  const { path } = operation;
  const to = parsePointer(path);
  switch (operation.op) {
    case 'add':
      if (to.length === 0) throw missing(path);
      return add(state, to, operation.value);
    case 'replace':
      return put(state, to, operation.value, path);
    case 'remove':
      return remove(state, to, path);
    case 'test':
      if (!jsonEquals(memberOrNull(state.root, to, path), operation.value))
        throw unprocessable(`testing value ${path} failed: test failed`);
      return;
    case 'copy':
      return add(state, to, copyOf(state, memberOrNull(state.root, parsePointer(operation.from), operation.from)));
    case 'move': {
      const from = parsePointer(operation.from);
      if (to.length > from.length && from.every((token, i) => token === to[i]))
        throw unprocessable(`cannot move ${operation.from} into itself`);
      const value = lookUp(state.root, from, operation.from);
      if (operation.from === path) return;
      remove(state, from, operation.from);
      return add(state, to, value);
    }
  }
}

const missing = (path: string): Error => unprocessable(`operation does not apply: doc is missing path: ${path}`);

function lookUp(root: unknown, tokens: readonly string[], path: string): unknown {
  let value = root;
  for (const token of tokens) {
    const next: unknown = Array.isArray(value)
      ? value[indexIn(token, value.length) ?? value.length]
      : isJsonObject(value)
        ? getOwn(value, token)
        : undefined;
    if (next === undefined) throw missing(path);
    value = next;
  }
  return value;
}

/** The same, but a member that its object does not have is null: what Kubernetes' library tests and copies. */
function memberOrNull(root: unknown, tokens: readonly string[], path: string): unknown {
  const last = tokens.at(-1);
  const parent = last === undefined ? undefined : lookUp(root, tokens.slice(0, -1), path);
  return last !== undefined && isJsonObject(parent) ? (getOwn(parent, last) ?? null) : lookUp(root, tokens, path);
}

/** The container that holds the last token, free to be changed. */
function ownedParent(state: State, tokens: readonly string[]): JsonObject | unknown[] {
  const path = `/${tokens.join('/')}`;
  let parent = (state.root = own(state, state.root, path));
  for (const token of tokens.slice(0, -1)) {
    const child = own(state, lookUp(parent, [token], path), path);
    if (Array.isArray(parent)) parent[indexIn(token, parent.length) ?? 0] = child;
    else setOwn(parent as JsonObject, token, child);
    parent = child;
  }
  return parent as JsonObject | unknown[];
}

function own(state: State, value: unknown, path: string): JsonObject | unknown[] {
  if (typeof value !== 'object' || value === null) throw missing(path);
  if (state.owned.has(value)) return value as JsonObject | unknown[];
  const copy = Array.isArray(value) ? [...(value as unknown[])] : { ...(value as JsonObject) };
  state.owned.add(copy);
  return copy;
}

function add(state: State, tokens: readonly string[], value: unknown): void {
  const last = tokens.at(-1);
  if (last === undefined) {
    state.root = value;
    return;
  }
  const parent = ownedParent(state, tokens);
  if (!Array.isArray(parent)) return setOwn(parent, last, value);
  const index = placeIn(last, parent.length);
  if (index === undefined || index > parent.length) throw unprocessable(`Unable to access invalid index: ${last}`);
  parent.splice(index, 0, value);
}

/** A member that is not there is put in its place, as Kubernetes' library does; an element is not. */
function put(state: State, tokens: readonly string[], value: unknown, path: string): void {
  const last = tokens.at(-1);
  if (last === undefined) {
    state.root = value;
    return;
  }
  const parent = ownedParent(state, tokens);
  if (!Array.isArray(parent)) return setOwn(parent, last, value);
  lookUp(parent, [last], path);
  parent[indexIn(last, parent.length) ?? 0] = value;
}

function remove(state: State, tokens: readonly string[], path: string): void {
  const last = tokens.at(-1);
  if (last === undefined) throw unprocessable('cannot remove the whole document');
  lookUp(state.root, tokens, path);
  const parent = ownedParent(state, tokens);
  if (Array.isArray(parent)) parent.splice(indexIn(last, parent.length) ?? 0, 1);
  else delete parent[last];
}

/** A copy shares nothing that a later operation might change in place. */
function copyOf(state: State, value: unknown): unknown {
  state.copied += typeof value === 'string' ? value.length + 2 : 8;
  if (state.copied > MAX_COPIED) throw unprocessable(`copies of this patch add up to more than ${MAX_COPIED} bytes`);
  if (Array.isArray(value)) return value.map((item) => copyOf(state, item));
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => {
      state.copied += key.length + 4;
      return [key, copyOf(state, item)];
    }),
  );
}
