/** What Kubernetes refuses, in its own words: recorded from kube-apiserver 1.35. */
import { strict as assert } from 'node:assert';
import { after, before, describe, test } from 'node:test';
import { type TestServer, startTestServer } from './testing/test-server.ts';

const MAPS = '/api/v1/namespaces/default/configmaps';
const UNRECOGNIZED = 'the object provided is unrecognized (must be of type ConfigMap): ';
const HANDLED = 'ConfigMap in version "v1" cannot be handled as a ConfigMap: ';
const NOWHERE = 'the server could not find the requested resource';

const BODIES: [what: string, body: string, message: string][] = [
  ['nothing', '', `${UNRECOGNIZED}couldn't get version/kind; json parse error: unexpected end of JSON input (<empty>)`],
  [
    'another kind',
    '{"kind":"Secret","apiVersion":"v1"}',
    'Secret in version "v1" cannot be handled as a ConfigMap: converting (v1.Secret) to (core.ConfigMap): unknown conversion',
  ],
  [
    'another group',
    '{"kind":"ConfigMap","apiVersion":"apps/v1"}',
    `${HANDLED}no kind "ConfigMap" is registered for version "apps/v1" in scheme "pkg/api/legacyscheme/scheme.go:30"`,
  ],
  [
    'a number for a text',
    '{"data":{"a":1}}',
    `${HANDLED}json: cannot unmarshal number into Go struct field ConfigMap.data of type string`,
  ],
  [
    'half a number for a whole one',
    '{"metadata":{"generation":1.5}}',
    `${HANDLED}json: cannot unmarshal number 1.5 into Go struct field ObjectMeta.metadata.generation of type int64`,
  ],
  ['null', 'null', 'ConfigMap "" is invalid: metadata.name: Required value: name or generateName is required'],
];

const PATHS: [path: string, status: number, message: string][] = [
  ['/api/v1/nope', 404, NOWHERE],
  ['/api/v2', 404, NOWHERE],
  ['/apis/apps/v2', 404, NOWHERE],
  [`${MAPS}/m/status`, 404, NOWHERE],
  ['/api/v1/pods/x', 404, NOWHERE],
  [
    `${MAPS}?fieldManager=${'x'.repeat(129)}`,
    422,
    'CreateOptions.meta.k8s.io "" is invalid: fieldManager: Too long: may not be more than 128 bytes',
  ],
];

const ACCEPTED: [accept: string, query: string, message: string][] = [
  [
    'text/html',
    '',
    '406: Not Acceptable\n\nAvailable representations: application/json, application/yaml, application/vnd.kubernetes.protobuf, application/json;stream=watch, application/vnd.kubernetes.protobuf;stream=watch',
  ],
  [
    'application/yaml',
    '?watch=1',
    'only the following media types are accepted: application/json;stream=watch, application/vnd.kubernetes.protobuf;stream=watch',
  ],
  [
    'application/json;as=Nope;v=v1;g=meta.k8s.io',
    '?watch=1',
    'only the following media types are accepted: application/json, application/yaml, application/vnd.kubernetes.protobuf',
  ],
];

describe('in Kubernetes’ own words', () => {
  let server: TestServer;
  before(async () => {
    server = await startTestServer();
  });
  after(() => server.close());

  for (const [what, body, message] of BODIES)
    test(`a body of ${what} is refused`, async () => {
      const answer = await server.ask('POST', MAPS, body);
      assert.equal(answer.body.message, message);
    });

  for (const [path, status, message] of PATHS)
    test(`${path.slice(0, 60)} is refused`, async () => {
      const answer = await server.ask(path.includes('?') ? 'POST' : 'GET', path, path.includes('?') ? {} : undefined);
      assert.deepEqual([answer.status, answer.body?.message], [status, message]);
    });

  for (const [accept, query, message] of ACCEPTED)
    test(`an answer as ${accept}${query} is refused`, async () => {
      const answer = await server.ask('GET', MAPS + query, undefined, { headers: { accept } });
      assert.deepEqual([answer.status, answer.body.message], [406, message]);
    });

  test('a path of nobody is told in text, which no browser takes for a page', async () => {
    const answer = await server.ask('GET', '/apis/nope/v1/things');
    assert.deepEqual([answer.status, answer.text], [404, '404 page not found\n']);
    assert.equal(answer.headers['x-content-type-options'], 'nosniff');
  });

  test('a head alone is not served', async () => {
    assert.equal((await server.ask('HEAD', MAPS)).status, 405);
  });
});

test('rights in a namespace reach nothing that lies in none', async () => {
  const server = await startTestServer();
  const RBAC = '/apis/rbac.authorization.k8s.io/v1';
  const everything = { apiGroups: ['*'], resources: ['*'], verbs: ['*'] };
  await server.ask('POST', `${RBAC}/namespaces/default/roles`, { metadata: { name: 'all' }, rules: [everything] });
  const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'all' };
  const subjects = [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: 'dana' }];
  const binding = { metadata: { name: 'dana' }, roleRef, subjects };
  await server.ask('POST', `${RBAC}/namespaces/default/rolebindings`, binding);
  const user = { username: 'dana', groups: [] };
  const statusOf = async (method: string, path: string, body?: object) =>
    (await server.ask(method, path, body, { user })).status;
  assert.equal(await statusOf('GET', MAPS), 200);
  assert.equal(await statusOf('GET', '/api/v1/namespaces/default'), 200);
  assert.equal(await statusOf('GET', '/api/v1/namespaces/default/nodes'), 404);
  assert.equal(await statusOf('GET', '/api/v1/namespaces/default/namespaces/kube-system'), 404);
  assert.equal(await statusOf('DELETE', '/api/v1/namespaces/default/namespaces'), 404);
  assert.equal(await statusOf('POST', '/api/v1/namespaces/default/nodes', { metadata: { name: 'mine' } }), 404);
  assert.equal(await statusOf('GET', `${RBAC}/namespaces/default/clusterroles/cluster-admin`), 404);
  await server.close();
});
