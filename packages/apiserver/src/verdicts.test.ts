/**
 * What Kubernetes 1.35 says of objects with one fault each: testdata/verdicts.jsonl holds valid objects of every kind, one
 * change to each at a time, and the causes that Kubernetes' own strategies answered for a create, an update, or an update
 * of a subresource. Of a text only the first line is compared: what follows is Kubernetes' dump of its own structs. Where
 * such a dump is the value, as of a whole template that may not change, it is recorded as {…}.
 */
import { strict as assert } from 'node:assert';
import fs from 'node:fs';
import { test } from 'node:test';
import { registry } from '@mkube/api';
import { type KubernetesObject, type ResourceDefinition, StatusError, apiVersionOf } from '@mkube/apimachinery';
import { withEmptyStatus } from './handlers/empty-status.ts';
import { withNewMetadata } from './handlers/new-metadata.ts';
import { validateChanged, validateNew } from './handlers/validate.ts';
import { resetFields, withDefaults } from './handlers/write.ts';

type Json = Record<string, unknown>;

interface Case {
  /** 'create', 'update', or the subresource that is updated: 'status'. */
  op: string;
  /** Where the object is changed; a missing value is taken out. */
  at: (string | number)[];
  value?: unknown;
  /** 'FieldValueInvalid|spec.replicas|Invalid value: …', sorted. */
  causes: string[];
}

const now = new Date('2026-01-02T03:04:05Z');
const FILE = new URL('../testdata/verdicts.jsonl', import.meta.url);

const lines = fs.readFileSync(FILE, 'utf8').trimEnd().split('\n');
const objects: { type: string; object: Json; cases: Case[] }[] = [];
for (const line of lines) {
  const entry = JSON.parse(line) as Case & { type?: string; object?: Json };
  if (entry.type && entry.object) objects.push({ type: entry.type, object: entry.object, cases: [] });
  else objects.at(-1)?.cases.push(entry);
}

for (const [i, { type, object, cases }] of objects.entries())
  test(`${type} (${i}): ${cases.length} changes are judged as Kubernetes judges them`, () => {
    const definition = registry.find((d) => `${apiVersionOf(d)}/${d.kind}` === type);
    assert.ok(definition);
    for (const { op, at, value, causes } of cases) {
      const changed = changedAt(object, at, value) as Json;
      const got = causesOf(() =>
        op === 'create' ? create(changed, definition) : update(changed, object, { definition, op }),
      );
      const dumps = causes.some((cause) => cause.includes('{…}'));
      assert.deepEqual(
        dumps ? got.map(withoutDump).toSorted() : got,
        causes,
        `${op} with ${at.join('.')} = ${JSON.stringify(value)}`,
      );
    }
  });

const withoutDump = (cause: string): string => cause.replace(/Invalid value: [[{].*[\]}]: /, 'Invalid value: {…}: ');

function changedAt(object: unknown, [key, ...rest]: readonly (string | number)[], value: unknown): unknown {
  if (key === undefined) return object;
  const copy = (Array.isArray(object) ? [...(object as unknown[])] : { ...(object as Json) }) as Json;
  const next = rest.length > 0 ? changedAt(copy[key], rest, value) : value;
  if (next === undefined) delete copy[key];
  else copy[key] = next;
  return copy;
}

function decoded(object: Json, { schema }: ResourceDefinition): KubernetesObject {
  const { metadata, ...rest } = schema.decode(object).object as unknown as KubernetesObject;
  return { ...rest, metadata: metadata ?? {} } as KubernetesObject;
}

function create(object: Json, definition: ResourceDefinition): void {
  const body = decoded(object, definition);
  const namespace = definition.namespaced ? body.metadata.namespace : '';
  const fresh = withNewMetadata(body, { definition, namespace, now, random: () => 0.5, uuid: () => 'u' });
  const reset = withEmptyStatus(fresh, definition);
  const defaulted = withDefaults(reset, definition);
  validateNew(definition.strategy.prepareForCreate?.(defaulted, { now }) ?? defaulted, definition);
}

function update(object: Json, before: Json, { definition, op }: { definition: ResourceDefinition; op: string }): void {
  const server = { uid: 'u', resourceVersion: '1', creationTimestamp: '2026-01-01T00:00:00Z' };
  const stored = withDefaults(decoded(before, definition), definition);
  const old = { ...stored, metadata: { ...stored.metadata, ...server } };
  const body = decoded(object, definition);
  const kept = { ...body, metadata: { ...body.metadata, ...server } };
  const wanted = withDefaults(
    resetFields(kept, old, definition.resetFields[op === 'update' ? 'main' : op] ?? []),
    definition,
  );
  const context = { now, user: 'me', ...(op !== 'update' && { subresource: op }) };
  const prepared = definition.strategy.prepareForUpdate?.(wanted, old, context) ?? wanted;
  validateChanged(prepared, old, definition, context);
}

function causesOf(write: () => void): string[] {
  try {
    write();
    return [];
  } catch (error) {
    if (!(error instanceof StatusError) || !error.details?.causes) throw error;
    const texts = error.details.causes.map(({ reason, field, message }) =>
      `${reason}|${field}|${message?.split('\n')[0] ?? ''}`.trimEnd(),
    );
    return [...new Set(texts)].toSorted();
  }
}
