/**
 * The golden objects, which have every field filled, put to life: what validation refuses in them is taken from a valid sample,
 * or left out, and the rest has to go through create, get, update, all four patches, watch and delete unharmed.
 */
import { strict as assert } from 'node:assert';
import fs from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { registry } from '@mkube/api';
import type { ResourceDefinition } from '@mkube/apimachinery';
import { SAMPLES } from './testing/samples.ts';
import { type Answer, type TestServer, startTestServer } from './testing/test-server.ts';

type Json = Record<string, unknown>;

/** What the server itself writes among them. */
const OWN_ANNOTATIONS: ReadonlySet<string> = new Set(['deprecated.daemonset.template.generation']);

const GOLDEN = new URL('../../../../shared/data/golden/', import.meta.url);
const skip = fs.existsSync(GOLDEN) ? false : 'the golden objects (../shared/data/golden) are not here';
const PROTOBUF = 'application/vnd.kubernetes.protobuf';
const fileOf = ({ group, version, kind }: ResourceDefinition) =>
  new URL(`${group || 'core'}.${version}.${kind}.json`, GOLDEN).pathname;
const kinds = registry.filter(({ resource, group }) => SAMPLES[`${resource}.${group}`]);

describe('every golden object', { skip }, () => {
  let server: TestServer;
  before(async () => {
    server = await startTestServer();
    await server.ask('POST', '/api/v1/namespaces', { metadata: { name: 'samples' } });
    await server.ask('POST', '/api/v1/namespaces/samples/serviceaccounts', { metadata: { name: 'default' } });
  });
  after(() => server.close());

  for (const definition of kinds)
    test(`${definition.kind} of ${definition.group || 'core'}/${definition.version}`, async (t) => {
      if (!fs.existsSync(fileOf(definition))) return t.skip('there is no golden object of it');
      await live(server, definition);
    });
});

async function live(server: TestServer, definition: ResourceDefinition): Promise<void> {
  const { group, version, resource, namespaced, kind } = definition;
  const path = `${group ? `/apis/${group}` : '/api'}/${version}${namespaced ? '/namespaces/samples' : ''}/${resource}`;
  // The old name of serviceAccountName fills in the new one again and again.
  const withoutOldNames = (key: string, value: unknown) => (key === 'serviceAccount' ? undefined : value);
  const golden = JSON.parse(fs.readFileSync(fileOf(definition), 'utf8'), withoutOldNames) as Json;
  const sample = { metadata: { name: 'golden' }, ...SAMPLES[`${resource}.${group}`] } as Json & { metadata: Json };
  const { status: _status, ...rest } = golden;
  const labels = { ...(sample.metadata['labels'] as Json | undefined), golden: 'yes' };
  const created = await createMended(server, {
    path,
    sample,
    object: { ...rest, metadata: { ...sample.metadata, labels } },
  });
  assert.equal(created.body.kind, kind);
  const own = `${path}/${created.body.metadata.name}`;
  const since = created.body.metadata.resourceVersion as string;
  const watch = await server.watch(`${path}?watch=true&resourceVersion=${since}&labelSelector=golden`);
  try {
    assert.deepEqual((await server.ask('GET', own)).body, created.body);
    const bytes = await server.ask('GET', own, undefined, { headers: { accept: PROTOBUF } });
    const same = await server.ask('PUT', own, bytes.bytes, { headers: { 'content-type': PROTOBUF } });
    assert.deepEqual(same.body, created.body, `protobuf says the same as JSON: ${same.text.slice(0, 500)}`);

    const annotated = (name: string) => ({ metadata: { annotations: { [name]: 'yes' } } });
    const patches: (readonly [string, unknown])[] = [
      ['application/merge-patch+json', annotated('merge')],
      ['application/json-patch+json', [{ op: 'add', path: '/metadata/annotations/json', value: 'yes' }]],
      ['application/strategic-merge-patch+json', annotated('strategic')],
      ['application/apply-patch+yaml', { apiVersion: created.body.apiVersion, kind, ...annotated('apply') }],
    ];
    for (const [type, patch] of patches) {
      const query = type.includes('apply') ? '?fieldManager=golden' : '';
      const answer = await server.ask('PATCH', `${own}${query}`, patch, { headers: { 'content-type': type } });
      assert.equal(answer.status, 200, `${type}: ${answer.text.slice(0, 1000)}`);
      assert.deepEqual(contentOf(answer), contentOf(created), `${type} changed more than it said`);
    }
    const { body } = await server.ask('GET', own);
    const annotations = Object.keys(body.metadata.annotations).filter((key) => !OWN_ANNOTATIONS.has(key));
    assert.deepEqual(annotations.toSorted(), ['apply', 'json', 'merge', 'strategic']);
    body.metadata.annotations['update'] = 'yes';
    const updated = await server.ask('PUT', own, body);
    assert.equal(updated.status, 200, updated.text.slice(0, 1000));
    const changes = await watch.nextNames(5);
    assert.deepEqual(new Set(changes), new Set([`MODIFIED ${created.body.metadata.name}`]));

    const gone = await server.ask('DELETE', `${own}?gracePeriodSeconds=0&propagationPolicy=Background`);
    assert.equal(gone.status, 200, gone.text.slice(0, 1000));
    if (gone.body.metadata?.finalizers) {
      const headers = { 'content-type': 'application/merge-patch+json' };
      await server.ask('PATCH', own, { metadata: { finalizers: null } }, { headers });
    }
    if (resource !== 'namespaces') assert.equal((await server.ask('GET', own)).status, 404);
  } finally {
    watch.close();
  }
}

/** Everything but metadata. */
const contentOf = ({ body }: Answer): Json => {
  const { metadata: _metadata, ...content } = body as Json;
  return content;
};

const TRIES = 500;
/** What admission looks up, which is not there. */
const LOOKED_UP = ['serviceAccountName', 'priorityClassName', 'priority', 'runtimeClassName', 'overhead'];

/** Creates the object; where it is refused for some fields, those give way. */
async function createMended(
  server: TestServer,
  { path, sample, object }: { path: string; sample: Json; object: Json },
): Promise<Answer> {
  const mended = structuredClone(object);
  const spec = mended['spec'] as Json | undefined;
  const wanted = sample['spec'] as Json | undefined;
  // Selectors and what they select only make sense together.
  if (spec?.['template'] && wanted?.['selector']) {
    spec['selector'] = wanted['selector'];
    Object.assign(spec['template'], { metadata: valueAt(wanted, ['template', 'metadata']) });
  }
  if (mended['kind'] === 'Pod') for (const name of LOOKED_UP) Reflect.deleteProperty(mended['spec'] as Json, name);
  for (let i = 0; ; i++) {
    const answer = await server.ask('POST', path, mended);
    if (answer.status === 201) return answer;
    assert.ok(i < TRIES && answer.status !== 500, `${answer.status} ${answer.text.slice(0, 1500)}`);
    const fields = ((answer.body?.details?.causes ?? []) as { field?: string }[]).map(({ field }) => field ?? '');
    const [, decodeField] = / at "?\.?([\w.[\]]+)"?|field ([\w.[\]]+)/.exec(answer.text) ?? [];
    const given = fields.filter((field) => field !== '' && field !== '<nil>');
    assert.ok(given.length > 0 || decodeField, `nothing to mend: ${answer.text.slice(0, 1500)}`);
    // One at a time, the last first: what goes from a list moves what follows.
    giveWay(mended, sample, partsOf(asWritten(given.at(-1) ?? decodeField ?? '', mended)));
  }
}

/** Faults name fields as Kubernetes' internal types have them, which is not always where they stand in an object. */
const asWritten = (field: string, object: Json): string =>
  (object['regarding'] ? asNewEvent(field) : field).replace(
    /securityContext\.(shareProcessNamespace|host(PID|IPC|Network|Users))$/,
    '$1',
  );

const NEW_EVENT: Readonly<Record<string, string>> = {
  involvedObject: 'regarding',
  firstTimestamp: 'deprecatedFirstTimestamp',
  lastTimestamp: 'deprecatedLastTimestamp',
  count: 'deprecatedCount',
  source: 'deprecatedSource',
};

const asNewEvent = (field: string): string => field.replace(/^\w+/, (name) => NEW_EVENT[name] ?? name);

/** 'spec.a[0].b[key]' */
const partsOf = (field: string): string[] => field.split(/\.|\[|\]\.?/).filter((part) => part !== '');

/** The field takes the sample's value, or goes; one that is not there goes by what it is in. */
function giveWay(object: Json, sample: Json, parts: readonly string[]): void {
  for (let { length } = parts; length > 0; length--) {
    const [parent, key] = [valueAt(object, parts.slice(0, length - 1)), parts[length - 1] ?? ''];
    if (typeof parent !== 'object' || parent === null || !Object.hasOwn(parent, key)) {
      const wanted = valueAt(sample, parts.slice(0, length));
      if (wanted === undefined || typeof parent !== 'object' || parent === null) continue;
    }
    const wanted = valueAt(sample, parts.slice(0, length));
    const now: unknown = Reflect.get(parent, key);
    if (wanted !== undefined && JSON.stringify(wanted) !== JSON.stringify(now))
      Reflect.set(parent, key, structuredClone(wanted));
    else if (wanted !== undefined) continue;
    else if (Array.isArray(parent)) parent.splice(Number(key), 1);
    else Reflect.deleteProperty(parent, key);
    return;
  }
}

const valueAt = (root: unknown, parts: readonly string[]): unknown => {
  let value = root;
  for (const part of parts) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, part)) return undefined;
    value = Reflect.get(value, part);
  }
  return value;
};
