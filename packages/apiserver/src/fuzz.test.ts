/**
 * Random requests, seeded: whatever is asked, the server answers with no fault of its own, soon and in bounds, and what it
 * stores afterwards is what its validation lets in. MKUBE_FUZZ_REQUESTS and MKUBE_FUZZ_SEED ask for more, or for others.
 */
import { strict as assert } from 'node:assert';
import { after, before, describe, test } from 'node:test';
import { registry } from '@mkube/api';
import type { KubernetesObject } from '@mkube/apimachinery';
import fc from 'fast-check';
import { pino } from 'pino';
import { validateNew } from './handlers/validate.ts';
import { type FuzzMaterial, type FuzzRequest, fuzzRequest } from './testing/fuzz/requests.ts';
import { DEFINITION, type FuzzTarget, TARGETS, sampleOf } from './testing/fuzz/targets.ts';
import { SAMPLES } from './testing/samples.ts';
import { type TestServer, startTestServer } from './testing/test-server.ts';

const REQUESTS = Number(process.env['MKUBE_FUZZ_REQUESTS'] ?? 3000);
const SEED = Number(process.env['MKUBE_FUZZ_SEED'] ?? 20_240_229);
const AT_ONCE = 20;
const MAX_REPLY = 64 * 1024 * 1024;
const MAX_REFUSAL = 1024 * 1024;
const MAX_FAULTS = 10;
const MAX_MS = 10_000;
const PROTOBUF = 'application/vnd.kubernetes.protobuf';
const TABLE = 'application/json;as=Table;v=v1;g=meta.k8s.io';

const isCustom = ({ group }: Pick<FuzzTarget, 'group'>): boolean => group === 'fuzz.example.com';
const isStored = ({ resource, group }: FuzzTarget): boolean =>
  isCustom({ group }) || SAMPLES[`${resource}.${group}`] !== undefined;
const stored = [...new Set(TARGETS)].filter(isStored);
const rootOf = ({ group, version }: FuzzTarget): string => `${group ? `/apis/${group}` : '/api'}/${version}`;
const pathOf = (target: FuzzTarget): string =>
  `${rootOf(target)}${target.namespaced ? '/namespaces/samples' : ''}/${target.resource}`;

describe(`${REQUESTS} random requests`, () => {
  let server: TestServer;
  let material: FuzzMaterial;
  const logged: string[] = [];
  before(async () => {
    server = await startTestServer({ log: pino({ level: 'error' }, { write: (line) => logged.push(line) }) });
    await server.ask('POST', '/api/v1/namespaces', { metadata: { name: 'samples' } });
    material = await createSamples(server);
  });
  after(() => server.close());

  test('are all answered, soon, in bounds and without a fault of the server', async () => {
    const batches = fc.array(fuzzRequest(material), { minLength: AT_ONCE, maxLength: AT_ONCE });
    const faults: string[] = [];
    let runs = 0;
    const property = fc.asyncProperty(batches, async (batch) => {
      if (runs++ % 20 === 0) await createSamples(server);
      const found = await Promise.all(batch.map((request) => faultOfAnswer(server, request)));
      faults.push(...found.filter((fault) => fault !== undefined));
      return faults.length < MAX_FAULTS;
    });
    const { failed } = await fc.check(property, {
      seed: SEED,
      numRuns: Math.ceil(REQUESTS / AT_ONCE),
      endOnFailure: true,
    });
    assert.deepEqual(faults, [], logged.join('\n'));
    assert.equal(failed, false);
  });

  test('leave nothing in the store that validation refuses', async () => {
    const { items } = await server.store.list({ prefix: '/registry/' });
    assert.ok(items.length > 100);
    const wrong: string[] = [];
    for (const { key, value } of items) {
      const object = JSON.parse(value.toString()) as KubernetesObject;
      const fault = faultOf(object);
      if (fault) wrong.push(`${key}: ${fault}`);
    }
    assert.deepEqual(wrong, []);
  });

  test('leave everything readable in every form', async () => {
    for (const target of stored)
      for (const accept of ['application/json', PROTOBUF, TABLE, 'application/yaml']) {
        const answer = await server.ask('GET', `${rootOf(target)}/${target.resource}`, undefined, {
          headers: { accept },
        });
        if (isCustom(target) && accept === PROTOBUF) assert.equal(answer.status, 406);
        else assert.equal(answer.status, 200, `${target.resource} as ${accept}: ${answer.text.slice(0, 500)}`);
      }
  });

  test('leave custom resources that their schema lets in again', async () => {
    for (const target of stored.filter(isCustom)) {
      const { body } = await server.ask('GET', `${rootOf(target)}/${target.resource}`);
      for (const item of body.items as KubernetesObject[]) {
        const again = {
          ...item,
          metadata: { ...item.metadata, uid: undefined, resourceVersion: undefined, name: 'again' },
        };
        const path = `${rootOf(target)}/namespaces/${item.metadata.namespace}/${target.resource}?dryRun=All`;
        const answer = await server.ask('POST', path, again);
        assert.equal(answer.status, 201, `${JSON.stringify(item)}: ${answer.text.slice(0, 1000)}`);
      }
    }
  });
});

/** A sample of every kind where there is none now. */
async function createSamples(server: TestServer): Promise<FuzzMaterial> {
  await server.ask('POST', '/api/v1/namespaces/samples/serviceaccounts', { metadata: { name: 'default' } });
  await server.ask('POST', '/apis/apiextensions.k8s.io/v1/customresourcedefinitions', DEFINITION);
  const protobuf = new Map<string, Buffer>();
  for (const target of stored) {
    const object = sampleOf(target) as { metadata: { name: string } };
    await server.ask('POST', pathOf(target), object);
    const path = `${pathOf(target)}/${object.metadata.name}`;
    const got = await server.ask('GET', path, undefined, { headers: { accept: PROTOBUF } });
    if (got.status === 200) protobuf.set(`${target.resource}.${target.group}`, got.bytes);
  }
  const page = await server.ask('GET', '/apis/rbac.authorization.k8s.io/v1/clusterroles?limit=2');
  return { protobuf, token: page.body.metadata.continue as string };
}

async function faultOfAnswer(server: TestServer, request: FuzzRequest): Promise<string | undefined> {
  const { method, path, headers, body } = request;
  const began = Date.now();
  const fault = await send(server, request).catch((error: unknown) => `thrown: ${String(error)}`);
  const late = Date.now() - began > MAX_MS ? `after ${Date.now() - began} ms` : undefined;
  if (!fault && !late) return undefined;
  return `${fault ?? late}: ${method} ${path.slice(0, 300)} ${JSON.stringify(headers)} ${String(body).slice(0, 2000)}`;
}

async function send(server: TestServer, request: FuzzRequest): Promise<string | undefined> {
  const gone = new AbortController();
  const response = await server.api.handle({ ...request, signal: gone.signal });
  const { status } = response;
  // Endless answers are left at once: what comes in them is tested elsewhere.
  const isEndless = status === 200 && /[?&]watch=|\/watch\/|follow=/.test(request.path);
  const bytes = isEndless ? Buffer.alloc(0) : await readBounded(response.body);
  gone.abort();
  if (isEndless) response.body.destroy();
  if (bytes === undefined) return 'the reply has no end';
  if (status >= 500 && !isNoFault(status, bytes, request.path)) return `${status} ${bytes.toString().slice(0, 300)}`;
  if (status >= 400 && bytes.length > MAX_REFUSAL) return `a refusal of ${bytes.length} bytes`;
  if (bytes.length > 0 && String(response.headers['content-type']).startsWith('application/json'))
    JSON.parse(bytes.toString());
  return undefined;
}

/** What Kubernetes itself answers with a 5xx: a revision that is yet to come, backends that are not there, fields to apply that no schema has. */
const isNoFault = (status: number, bytes: Buffer, path: string): boolean =>
  (status === 504 && bytes.includes('Too large resource version')) ||
  (status === 503 && /\/(proxy|log|exec|attach|portforward)/.test(path)) ||
  (status === 500 && bytes.includes('failed to create typed patch object'));

async function readBounded(body: AsyncIterable<unknown>): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of body) {
    chunks.push(chunk as Buffer);
    length += (chunk as Buffer).length;
    if (length > MAX_REPLY) return undefined;
  }
  return Buffer.concat(chunks);
}

/** What is wrong with a stored object, were it new. */
function faultOf(object: KubernetesObject): string | undefined {
  const slash = object.apiVersion.indexOf('/');
  const group = slash < 0 ? '' : object.apiVersion.slice(0, slash);
  const definition = registry.find(
    (known) =>
      known.kind === object.kind && known.group === group && known.version === object.apiVersion.slice(slash + 1),
  );
  if (!definition)
    return group.endsWith('.k8s.io') || group === '' ? `nobody knows ${object.apiVersion} ${object.kind}` : undefined;
  try {
    const { object: decoded, unknownFields } = definition.schema.decode(object);
    if (unknownFields.length > 0) return `unknown fields ${unknownFields.join(', ')}`;
    validateNew(decoded as unknown as KubernetesObject, definition);
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}
