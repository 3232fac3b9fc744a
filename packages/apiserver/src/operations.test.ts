/**
 * Every operation of Kubernetes' API that is served by default, asked of a server that has an object of every kind: the
 * right status, content type and kind. And the other way round: what Kubernetes does not serve is refused. Skipped where the
 * table of operations is not beside the checkout.
 */
import { strict as assert } from 'node:assert';
import fs from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { registry } from '@mkube/api';
import { BODIES, CONNECTIONS, NOT_SERVED, type Operation, type Place, placeOf } from './testing/operations.ts';
import { SAMPLES } from './testing/samples.ts';
import { type Answer, type TestServer, startTestServer } from './testing/test-server.ts';

const FILE = new URL('../../../../shared/data/operations.json', import.meta.url);
const skip = fs.existsSync(FILE) ? false : 'the table of operations (../shared/data/operations.json) is not here';
const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'];
const JSON_TYPE = 'application/json';
const MERGE = 'application/merge-patch+json';

const servedVersions = new Set(registry.map(({ group, version }) => `${group}/${version}`));

describe('operations', { skip }, () => {
  const { operations } = JSON.parse(skip ? '{"operations":[]}' : fs.readFileSync(FILE, 'utf8')) as {
    operations: Operation[];
  };
  const rows = operations.map((operation) => ({ operation, place: placeOf(operation.path) }));
  const isServed = ({ group, version }: Place): boolean => servedVersions.has(`${group}/${version}`);
  let server: TestServer;

  before(async () => {
    server = await startTestServer();
    await server.ask('POST', '/api/v1/namespaces', { metadata: { name: 'samples' } });
    await server.ask('POST', '/api/v1/namespaces/samples/serviceaccounts', { metadata: { name: 'default' } });
    for (const definition of registry) {
      const { group, version, resource, namespaced } = definition;
      const sample = SAMPLES[`${resource}.${group}`];
      if (!sample) continue;
      const root = `${group ? `/apis/${group}` : '/api'}/${version}${namespaced ? '/namespaces/samples' : ''}`;
      const { status, text } = await server.ask('POST', `${root}/${resource}`, {
        metadata: { name: 'sample' },
        ...sample,
      });
      assert.ok(status === 201 || status === 409, `${resource}: ${text}`);
    }
  });
  after(() => server.close());

  test('every row is answered with its status, content type and kind', async () => {
    const faults: string[] = [];
    let count = 0;
    for (const { operation, place } of rows) {
      if (!place || !isServed(place)) continue;
      count++;
      const fault = await faultOf(operation, place).catch((error: unknown) => String(error));
      if (fault) faults.push(`${operation.method} ${operation.path} (${operation.action}): ${fault.slice(0, 300)}`);
    }
    assert.deepEqual(faults, []);
    assert.ok(count >= 749, `${count} operations were tried`);
  });

  test('a method that Kubernetes does not serve at a path is refused', async () => {
    const served = new Map<string, { methods: Set<string>; place: Place }>();
    for (const { operation, place } of rows) {
      if (!place || !isServed(place)) continue;
      const known = served.get(operation.path) ?? { methods: new Set(), place };
      served.set(operation.path, known);
      known.methods.add(operation.method);
    }
    const faults: string[] = [];
    for (const [path, { methods, place }] of served)
      for (const method of METHODS.filter((one) => !methods.has(one))) {
        const body = method === 'GET' || method === 'DELETE' ? undefined : {};
        const { status, text } = await server.ask(method, place.url, body, { headers: { 'content-type': MERGE } });
        if (status !== 405) faults.push(`${method} ${path}: ${status} ${text.slice(0, 100)}`);
      }
    assert.deepEqual(faults, []);
  });

  test('versions that are off by default are not there', async () => {
    const faults: string[] = [];
    for (const { operation, place } of rows) {
      if (!place || isServed(place) || NOT_SERVED.test(operation.path)) continue;
      const { status } = await server.ask(operation.method, place.url, operation.method === 'GET' ? undefined : {});
      if (status !== 404) faults.push(`${operation.method} ${operation.path}: ${status}`);
    }
    assert.deepEqual(faults, []);
  });

  test('documents about the API are served where its versions are', async () => {
    const faults: string[] = [];
    for (const { operation } of rows.filter(({ place }) => !place)) {
      const { path } = operation;
      if (NOT_SERVED.test(path)) continue;
      const [, , group = '', version = ''] = path.split('/');
      const known = [...servedVersions].some(
        (gv) => gv.startsWith(`${group}/`) && (!version || gv.endsWith(`/${version}`)),
      );
      const wanted = path.startsWith('/apis/') && group !== '' && !known ? 404 : 200;
      for (const url of [path, path.replace(/\/$/, '')]) {
        const { status } = await server.ask('GET', url);
        if (status !== wanted) faults.push(`GET ${url}: ${status}, not ${wanted}`);
      }
    }
    assert.deepEqual(faults, []);
  });

  async function faultOf(operation: Operation, place: Place): Promise<string | undefined> {
    const { action, method } = operation;
    if (action === 'connect') return connectionFault(method, place);
    if (action === 'watch' || action === 'watchlist') return watchFault(operation, place);
    if (place.subresource === 'log') {
      const { status, headers } = await server.ask('GET', place.url);
      return status === 200 && headers['content-type'] === 'text/plain'
        ? undefined
        : `${status} ${String(headers['content-type'])}`;
    }
    return answerFault(operation, await answerOf(operation, place));
  }

  /** dryRun wherever something would go or come, so that all rows find the same objects. */
  async function answerOf({ action, method, gvk }: Operation, place: Place): Promise<Answer> {
    const { url, resource, subresource, group } = place;
    switch (action) {
      case 'post': {
        const key = subresource ? `${resource}/${subresource}` : `${resource}.${group}`;
        const [, , kind = ''] = gvk ?? [];
        return server.ask('POST', `${url}?dryRun=All`, BODIES[key] ?? fresh(SAMPLES[key], kind));
      }
      case 'put': {
        const from = subresource === 'finalize' ? url.replace(/\/finalize$/, '') : url;
        return server.ask('PUT', `${url}?dryRun=All`, (await server.ask('GET', from)).body);
      }
      case 'patch': {
        const patch = subresource === 'scale' ? { spec: { replicas: 1 } } : { metadata: { labels: { tried: 'yes' } } };
        return server.ask('PATCH', `${url}?dryRun=All`, patch, { headers: { 'content-type': MERGE } });
      }
      case 'delete':
      case 'deletecollection':
        return server.ask('DELETE', `${url}?dryRun=All`);
      default:
        return server.ask(method, url);
    }
  }

  function answerFault(operation: Operation, { status, headers, body, text }: Answer): string | undefined {
    const wanted = operation.action === 'post' ? 201 : 200;
    if (status !== wanted) return `${status} ${text}`;
    if (headers['content-type'] !== JSON_TYPE) return `as ${String(headers['content-type'])}`;
    const kinds = kindsOf(operation);
    return kinds.includes(body.kind as string) ? undefined : `a ${body.kind}, not a ${kinds.join(' or ')}`;
  }

  async function watchFault({ action }: Operation, { url, resource, group }: Place): Promise<string | undefined> {
    const watch = await server.watch(url);
    const known = registry.find((of) => of.resource === resource && of.group === group);
    const event = watch.status === 200 ? await watch.next() : undefined;
    watch.close();
    if (event?.type === 'ADDED' && event.object.kind === known?.kind) return undefined;
    return `${action} ${watch.status} ${event?.type} ${event?.object.kind}`;
  }

  async function connectionFault(method: string, { url, resource, subresource }: Place): Promise<string | undefined> {
    const { status, text } = await server.ask(method, url, method === 'POST' ? '' : undefined);
    const wanted = CONNECTIONS[`${resource}/${subresource}`];
    return wanted?.test(`${status} ${text}`) ? undefined : `${status} ${text}, not ${String(wanted)}`;
  }
});

const fresh = (sample: Record<string, unknown> | undefined, kind: string): object => {
  const { name = '' } = (sample?.['metadata'] ?? {}) as { name?: string };
  // Names of some kinds say what the object is.
  if (name.includes('sample'))
    return { kind, ...(JSON.parse(JSON.stringify(sample).replaceAll('sample', 'other')) as object) };
  return { kind, ...sample, metadata: { name: name.replace(/\.1$/, '.2') || 'other' } };
};

/** What the OpenAPI document says is not always what Kubernetes answers. */
function kindsOf({ action, gvk, returns = '', path }: Operation): string[] {
  const kind = gvk?.[2] ?? '';
  if (action === 'list' || action === 'deletecollection') return [`${kind}List`];
  if (action === 'delete') return ['Status', kind];
  if (kind === 'Binding' || path.endsWith('/eviction')) return ['Status'];
  return [returns.split('.').at(-1) ?? kind];
}
