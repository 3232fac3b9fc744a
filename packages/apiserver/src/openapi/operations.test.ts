/**
 * Every operation of Kubernetes' OpenAPI documents, for those who generate clients: its path, method, name, kind, body, answers
 * and parameters. Skipped where the table of operations is not beside the checkout.
 */
import { strict as assert } from 'node:assert';
import fs from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { type TestServer, startTestServer } from '../testing/test-server.ts';

const FILE = new URL('../../../../../shared/data/operations.json', import.meta.url);
const skip = fs.existsSync(FILE) ? false : 'the table of operations (../shared/data/operations.json) is not here';
/** What the table lists beside what is served by default: log files, versions that are off, a media type of an alpha feature. */
const NOT_SERVED = /^\/logs|\/v\d+(alpha|beta)\d+\/|internal\.apiserver|storagemigration/;

interface Row {
  path: string;
  method: string;
  id: string;
  action?: string;
  gvk?: [string, string, string];
  body?: string;
  returns?: string;
  codes: string;
  query?: string;
}
interface Parameter {
  $ref?: string;
  name: string;
  in: string;
  type?: string;
  schema?: { $ref: string };
}
interface Described {
  operationId: string;
  description?: string;
  parameters?: Parameter[];
  responses: Record<string, { schema?: { $ref?: string; type?: string } }>;
  'x-kubernetes-action'?: string;
  'x-kubernetes-group-version-kind'?: { group: string; version: string; kind: string };
}
type Item = Record<string, Described> & { parameters?: Parameter[] };

const operationsOf = ({ parameters: _shared, ...operations }: Item): [string, Described][] =>
  Object.entries(operations);

const typeOf = (schema: { $ref?: string; type?: string } | undefined) =>
  schema?.$ref?.split('/').at(-1) ?? schema?.type;

describe('the operations of OpenAPI', { skip }, () => {
  const table = JSON.parse(skip ? '{"operations":[],"querySets":{}}' : fs.readFileSync(FILE, 'utf8')) as {
    operations: Row[];
    querySets: Record<string, string[]>;
  };
  let server: TestServer;
  let paths: Record<string, Item>;
  let shared: Record<string, Parameter>;
  before(async () => {
    server = await startTestServer();
    ({ paths, parameters: shared } = (await server.ask('GET', '/openapi/v2')).body);
  });
  after(() => server.close());
  const parametersOf = (...of: { parameters?: Parameter[] }[]): Parameter[] =>
    of.flatMap(({ parameters = [] }) => parameters).map((one) => shared[one.$ref?.split('/').at(-1) ?? ''] ?? one);

  test('are those of Kubernetes', () => {
    const rows = table.operations.filter(({ path }) => !NOT_SERVED.test(path));
    for (const row of rows) {
      const item = paths[row.path];
      const operation = item?.[row.method.toLowerCase()];
      assert.ok(item && operation, `${row.method} ${row.path}`);
      const parameters = parametersOf(operation, item);
      const body = parameters.find((one) => one.in === 'body');
      const of = operation['x-kubernetes-group-version-kind'];
      const ok = operation.responses['200'];
      const found = {
        id: operation.operationId,
        action: operation['x-kubernetes-action'],
        gvk: of && [of.group, of.version, of.kind],
        body: typeOf(body?.schema),
        returns: typeOf(ok?.schema),
        codes: Object.keys(operation.responses).join(' '),
        query: parameters
          .filter((one) => one.in === 'query')
          .map(({ name }) => name)
          .toSorted(),
      };
      const { id, action, gvk, returns, codes, query } = row;
      const wanted = {
        id,
        action,
        gvk,
        body: row.body,
        returns,
        codes,
        query: query ? (table.querySets[query] ?? []) : [],
      };
      assert.deepEqual(found, wanted, `${row.method} ${row.path}`);
    }
    assert.ok(rows.length > 750, `${rows.length} operations`);
  });

  test('are no more than those, but for metrics', () => {
    const known = new Set(table.operations.map(({ path }) => path));
    const more = Object.keys(paths).filter((path) => !known.has(path));
    assert.deepEqual(
      more.filter((path) => !path.startsWith('/apis/metrics.k8s.io/')),
      [],
    );
  });

  test('of v3 are those of v2, each in the document of its group-version', async () => {
    const { paths: documents } = (await server.ask('GET', '/openapi/v3')).body as { paths: Record<string, object> };
    const found: string[] = [];
    for (const name of Object.keys(documents)) {
      const { body } = await server.ask('GET', `/openapi/v3/${name}`);
      for (const [path, item] of Object.entries(body.paths as Record<string, Item>)) {
        assert.ok(path.startsWith(`/${name}/`), `${path} in ${name}`);
        for (const [method, { operationId }] of operationsOf(item)) found.push(`${path} ${method} ${operationId}`);
      }
    }
    const wanted = Object.entries(paths).flatMap(([path, item]) =>
      operationsOf(item).map(([method, { operationId }]) => `${path} ${method} ${operationId}`),
    );
    assert.deepEqual(found.toSorted(), wanted.toSorted());
  });

  test('and their parameters say what they do, where the build has texts', { skip: noTexts() }, () => {
    assert.equal(paths['/api/v1/namespaces/{namespace}/endpoints']?.['post']?.description, 'create Endpoints');
    const ingresses = paths['/apis/networking.k8s.io/v1/namespaces/{namespace}/ingresses'];
    assert.equal(ingresses?.['post']?.description, 'create an Ingress');
    const exec = paths['/api/v1/namespaces/{namespace}/pods/{name}/exec'];
    assert.equal(exec?.['get']?.description, 'connect GET requests to exec of Pod');
    assert.match(
      JSON.stringify(exec?.parameters),
      /"name":"command","in":"query","description":"Command is the remote/,
    );
  });
});

function noTexts(): string | false {
  const texts = new URL('../../../api/dist/descriptions-data.js', import.meta.url);
  return fs.existsSync(texts) ? false : 'the build made no descriptions';
}
