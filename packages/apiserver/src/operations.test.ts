/**
 * Every operation of Kubernetes' API that is served by default: the path and method exist here, and answer with a status,
 * content type and kind that make sense. Skipped where the table of operations is not beside the checkout.
 */
import { strict as assert } from 'node:assert';
import fs from 'node:fs';
import { test } from 'node:test';
import { findDefinition, registry } from '@mkube/api';
import { startTestServer } from './testing/test-server.ts';

interface Operation {
  path: string;
  method: string;
  action?: string;
  gvk?: [string, string, string];
  body?: string;
  returns?: string;
}

const FILE = new URL('../../../../shared/data/operations.json', import.meta.url);
const skip = fs.existsSync(FILE) ? false : 'the table of operations (../shared/data/operations.json) is not here';

/** Answered by others or not at all: aggregated APIs, and versions that are off by default. */
function isServed({ path }: Operation): boolean {
  const match = /^\/apis\/([^/]+)\/([^/]+)\//.exec(path) ?? /^\/(api)\/(v1)\//.exec(path);
  if (!match) return false;
  const [, group = '', version = ''] = match;
  const own = group === 'api' ? '' : group;
  return registry.some((d) => d.group === own && d.version === version);
}

test('every operation that Kubernetes serves is served', { skip }, async () => {
  const { operations } = JSON.parse(fs.readFileSync(FILE, 'utf8')) as { operations: Operation[] };
  const server = await startTestServer();
  const faults: string[] = [];
  let count = 0;
  for (const operation of operations.filter(isServed)) {
    const { path, method, action = '' } = operation;
    if (!isKnownResource(path)) continue;
    count++;
    const url = path
      .replace('{namespace}', 'default')
      .replace('{name}', 'missing')
      .replace(/\{[a-z]+\}/g, 'x');
    const query = action === 'watch' || action === 'watchlist' ? '?timeoutSeconds=1&resourceVersion=0' : '';
    const contentType = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json';
    const body = ['POST', 'PUT', 'PATCH'].includes(method) ? '{}' : undefined;
    const answer = action.startsWith('watch')
      ? await headOf(server, url + query)
      : await server.ask(method, url + query, body, { headers: { 'content-type': contentType } });
    const plain404 = answer.status === 404 && answer.text === '404 page not found\n';
    if (plain404 || answer.status === 405 || answer.status >= 500)
      faults.push(`${method} ${path} (${action}): ${answer.status} ${answer.text.slice(0, 120)}`);
    if (action === 'list' && answer.status === 200)
      assert.equal(answer.body?.kind, operation.returns?.split('.').at(-1), path);
  }
  await server.close();
  assert.deepEqual(faults, []);
  assert.ok(count > 700, `${count} operations were tried`);
});

function isKnownResource(path: string): boolean {
  const parts = path.split('/').slice(1);
  const [group, version, rest] =
    parts[0] === 'api' ? ['', 'v1', parts.slice(2)] : [parts[1] ?? '', parts[2] ?? '', parts.slice(3)];
  const trimmed = rest[0] === 'watch' ? rest.slice(1) : rest;
  const resource =
    trimmed[0] === 'namespaces' && trimmed.length > 2 && !['status', 'finalize'].includes(trimmed[2] ?? '')
      ? trimmed[2]
      : trimmed[0];
  return findDefinition({ group, version, resource: resource ?? '' }) !== undefined;
}

async function headOf(server: Awaited<ReturnType<typeof startTestServer>>, url: string) {
  const watch = await server.watch(url);
  watch.close();
  return { status: watch.status, text: '', body: undefined };
}
