/** What Kubernetes refuses, in its own words: recorded from kube-apiserver 1.35. */
import { strict as assert } from 'node:assert';
import { after, before, describe, test } from 'node:test';
import { parseYamlBody } from '@mkube/apimachinery';
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

const JSON_PATCH = 'application/json-patch+json';
const MERGE = 'application/merge-patch+json';
const APPLY = 'application/apply-patch+yaml';
const PATCHES: [what: string, type: string, query: string, patch: string, status: number, message: RegExp][] = [
  [
    'another type',
    MERGE,
    '',
    '{"kind":"X"}',
    422,
    /^ "" is invalid: patch: Invalid value: .*: no kind "X" is registered/,
  ],
  [
    'a number for a text',
    MERGE,
    '',
    '{"data":{"a":1}}',
    422,
    /patch: .*: json: cannot unmarshal number into Go struct field/,
  ],
  ['half an object', MERGE, '', '{"data":', 400, /^error decoding patch: unexpected end of JSON input$/],
  ['null', MERGE, '', 'null', 400, /^Invalid JSON Patch$/],
  ['a list', MERGE, '', '[]', 400, /^error decoding patch: json: cannot unmarshal array into Go value of type map/],
  ['no metadata', MERGE, '', '{"metadata":null}', 400, /^the name of the object \(m based on URL\) was undeterminable/],
  ['an operation that is none', JSON_PATCH, '', '[1]', 400, /cannot unmarshal number into Go value of type handlers/],
  [
    'a path that is none',
    JSON_PATCH,
    '',
    '[{"op":"add","path":1}]',
    400,
    /Go struct field jsonPatchOp.path of type string$/,
  ],
  [
    'an object in place of another',
    JSON_PATCH,
    '',
    '[{"op":"add","path":"","value":{}}]',
    422,
    /^the server rejected our/,
  ],
  [
    'another identity',
    MERGE,
    '',
    '{"metadata":{"uid":"x"}}',
    422,
    /metadata.uid: Invalid value: "x": field is immutable/,
  ],
  [
    'the beginning of a deletion',
    MERGE,
    '',
    '{"metadata":{"deletionTimestamp":"2020-01-01T00:00:00Z","deletionGracePeriodSeconds":4}}',
    422,
    /\[metadata.deletionTimestamp: .*: field is immutable, metadata.deletionGracePeriodSeconds: .*: field is immutable\]/,
  ],
  ['a type of its own', 'application/json', '', '{}', 415, /^415: Unsupported Media Type$/],
  [
    'what is said twice',
    APPLY,
    '&fieldValidation=Strict',
    `${'apiVersion: v1\nkind: ConfigMap\n'}data: {a: b, a: c}`,
    400,
    /^error strict decoding YAML: error converting YAML to JSON: yaml: unmarshal errors:\n {2}line 3: key "a" already set in map$/,
  ],
  [
    'an intent of another type',
    APPLY,
    '',
    '{"apiVersion":"v2","kind":"ConfigMap"}',
    400,
    /^invalid object type: \/v2, Kind=ConfigMap$/,
  ],
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

const LISTS: [query: string, status: number, message: string][] = [
  ['labelSelector=a=b=c', 400, "found '=', expected: ',' or 'end of string'"],
  ['labelSelector=g,', 400, "found '', expected: identifier after ','"],
  ['fieldSelector=a=b=c', 400, 'invalid field selector: unescaped character in value: 61'],
  ['timeoutSeconds=x', 400, 'strconv.ParseInt: parsing "x": invalid syntax'],
  [
    'watch=1&continue=x',
    422,
    'ListOptions.meta.k8s.io "" is invalid: resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden when continue is provided',
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

  for (const [query, status, message] of LISTS)
    test(`a list by ${query} is refused`, async () => {
      const answer = await server.ask('GET', `${MAPS}?${query}`);
      assert.deepEqual([answer.status, answer.body?.message], [status, message]);
    });

  test('a name is not made of what could not be its beginning', async () => {
    const { body } = await server.ask('POST', MAPS, { metadata: { name: 'ok', generateName: 'a.' } });
    assert.deepEqual(
      body.details.causes.map(({ field }: { field: string }) => field),
      ['metadata.generateName'],
    );
    assert.equal((await server.ask('POST', MAPS, { metadata: { generateName: 'a-' } })).status, 201);
  });

  for (const [accept, query, message] of ACCEPTED)
    test(`an answer as ${accept}${query} is refused`, async () => {
      const answer = await server.ask('GET', MAPS + query, undefined, { headers: { accept } });
      const { message: said } = answer.body ?? (await parseYamlBody(answer.bytes)).value;
      assert.deepEqual([answer.status, said], [406, message]);
    });

  for (const [what, type, query, patch, status, message] of PATCHES)
    test(`a patch of ${what} is refused`, async () => {
      await server.ask('POST', MAPS, { metadata: { name: 'm' } });
      const headers = { 'content-type': type };
      const answer = await server.ask('PATCH', `${MAPS}/m?fieldManager=t${query}`, patch, { headers });
      assert.equal(answer.status, status, answer.text);
      assert.match(answer.body.message, message);
    });

  test('a replacement without a name is refused', async () => {
    const { body } = await server.ask('PUT', `${MAPS}/m`, {});
    assert.equal(body.message, 'the name of the object (m based on URL) was undeterminable: name must be provided');
  });

  test('a path of nobody is told in text, which no browser takes for a page', async () => {
    const answer = await server.ask('GET', '/apis/nope/v1/things');
    assert.deepEqual([answer.status, answer.text], [404, '404 page not found\n']);
    assert.equal(answer.headers['x-content-type-options'], 'nosniff');
  });

  test('who asks as nobody’s group asks badly', async () => {
    const headers = { 'impersonate-group': 'x' };
    const { status, body } = await server.ask('GET', '/version', undefined, { headers });
    assert.deepEqual([status, body.message], [400, 'requested [{Group  x    }] without impersonating a user']);
  });

  test('a token that is none is told in the words of those who check tokens', async () => {
    const reviews = '/apis/authentication.k8s.io/v1/tokenreviews';
    const { body } = await server.ask('POST', reviews, { spec: { token: 'x' } });
    assert.deepEqual(body.status, { user: {}, error: 'invalid bearer token' });
    const local = '/apis/authorization.k8s.io/v1/namespaces/default/localsubjectaccessreviews';
    const spec = { user: 'x', resourceAttributes: { verb: 'get', resource: 'pods', namespace: 'other' } };
    assert.equal((await server.ask('POST', local, { spec })).status, 422);
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

describe('what Kubernetes lets pass', () => {
  let server: TestServer;
  before(async () => {
    server = await startTestServer();
  });
  after(() => server.close());

  test('passes: a strategic patch of nothing, a replacement of what was not there, a version of what is not there', async () => {
    await server.ask('POST', MAPS, { metadata: { name: 'm' }, data: { a: 'b' } });
    const patch = async (name: string, type: string, body: unknown) =>
      server.ask('PATCH', `${MAPS}/${name}?fieldManager=t`, body, { headers: { 'content-type': type } });
    assert.equal((await patch('m', 'application/strategic-merge-patch+json', 'null')).status, 200);
    const replace = [{ op: 'replace', path: '/data/c', value: 'd' }];
    assert.deepEqual((await patch('m', 'application/json-patch+json', replace)).body.data, { a: 'b', c: 'd' });
    const intent = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'n', resourceVersion: '5' } };
    assert.equal((await patch('n', APPLY, intent)).status, 201);
  });

  test('a scale of nothing says no number, and is a Table for who asks', async () => {
    const path = '/api/v1/namespaces/default/replicationcontrollers';
    const template = { metadata: { labels: { a: 'b' } }, spec: { containers: [{ name: 'c', image: 'i' }] } };
    await server.ask('POST', path, { metadata: { name: 'r' }, spec: { replicas: 0, selector: { a: 'b' }, template } });
    assert.deepEqual((await server.ask('GET', `${path}/r/scale`)).body.spec, {});
    const headers = { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' };
    const table = await server.ask('GET', `${path}/r/scale`, undefined, { headers });
    assert.deepEqual(
      table.body.columnDefinitions.map(({ name }: { name: string }) => name),
      ['Name', 'Desired', 'Available', 'Age'],
    );
    assert.deepEqual(table.body.rows[0].cells.slice(0, 3), ['r', 0, 0]);
  });

  test('a shorter grace is no other generation', async () => {
    const pods = '/api/v1/namespaces/default/pods';
    await server.ask('POST', '/api/v1/namespaces/default/serviceaccounts', { metadata: { name: 'default' } });
    const spec = { nodeName: 'n', containers: [{ name: 'c', image: 'i' }] };
    await server.ask('POST', pods, { metadata: { name: 'g' }, spec });
    assert.equal((await server.ask('DELETE', `${pods}/g`)).body.metadata.generation, 2);
    const { metadata } = (await server.ask('DELETE', `${pods}/g?gracePeriodSeconds=5`)).body;
    assert.deepEqual([metadata.generation, metadata.deletionGracePeriodSeconds], [2, 5]);
  });

  test('an evicted pod says so while it goes, with or without a budget', async () => {
    const pods = '/api/v1/namespaces/default/pods';
    await server.ask('POST', '/api/v1/namespaces/default/serviceaccounts', { metadata: { name: 'default' } });
    const spec = { nodeName: 'n', containers: [{ name: 'c', image: 'i' }] };
    await server.ask('POST', pods, { metadata: { name: 'e' }, spec });
    assert.equal((await server.ask('POST', `${pods}/e/eviction`, { metadata: { name: 'e' } })).status, 201);
    const { body } = await server.ask('GET', `${pods}/e`);
    assert.equal(body.status.conditions.at(-1).reason, 'EvictionByEvictionAPI');
  });

  test('a namespace goes without counting grace', async () => {
    await server.ask('POST', '/api/v1/namespaces', { metadata: { name: 'leaving' } });
    const { body } = await server.ask('DELETE', '/api/v1/namespaces/leaving');
    assert.deepEqual(
      [typeof body.metadata.deletionTimestamp, body.metadata.deletionGracePeriodSeconds],
      ['string', undefined],
    );
  });

  test('a token says whose account it is of, and what it is bound to', async () => {
    await server.ask('POST', '/api/v1/namespaces/default/serviceaccounts', { metadata: { name: 'default' } });
    const account = await server.ask('GET', '/api/v1/namespaces/default/serviceaccounts/default');
    const { body } = await server.ask('POST', '/api/v1/namespaces/default/serviceaccounts/default/token', { spec: {} });
    assert.deepEqual([body.metadata.uid, body.spec.boundObjectRef], [account.body.metadata.uid, null]);
  });

  test('an update of a pod that leaves out the tolerations it was given', async () => {
    const pods = '/api/v1/namespaces/default/pods';
    await server.ask('POST', '/api/v1/namespaces/default/serviceaccounts', { metadata: { name: 'default' } });
    const pod = { metadata: { name: 'p' }, spec: { containers: [{ name: 'c', image: 'i' }] } };
    const { body } = await server.ask('POST', pods, pod);
    const spec = { ...body.spec, tolerations: undefined };
    const answer = await server.ask('PUT', `${pods}/p`, { ...pod, spec });
    assert.equal(answer.status, 200, answer.text);
    assert.deepEqual(answer.body.spec.tolerations, body.spec.tolerations);
  });
});

test('an object in YAML is text as Kubernetes writes it: keys in order, and nothing that another reader takes for a time or a truth', async () => {
  const server = await startTestServer();
  const accept = { headers: { accept: 'application/yaml' } };
  await server.ask('POST', MAPS, { metadata: { name: 'y' }, data: { a: 'yes', b: '2020-01-01', c: 'x' } });
  const { text } = await server.ask('GET', `${MAPS}/y`, undefined, accept);
  assert.match(text, /^apiVersion: v1\ndata:\n {2}a: "yes"\n {2}b: "2020-01-01"\n {2}c: x\nkind: ConfigMap\n/);
  assert.match(text, /\n {2}creationTimestamp: "20\d\d-[^"]*Z"\n/);
  await server.close();
});
