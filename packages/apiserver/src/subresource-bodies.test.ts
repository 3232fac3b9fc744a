/** What bodies of subresources, and intents that make an object, have to say of the place they are sent to: recorded from kube-apiserver 1.35. */
import { strict as assert } from 'node:assert';
import { after, before, describe, test } from 'node:test';
import { encodeProtobufOf } from './encode/protobuf.ts';
import { SAMPLES } from './testing/samples.ts';
import { type TestServer, startTestServer } from './testing/test-server.ts';

const NS = '/api/v1/namespaces/default';
const POD = `${NS}/pods/p`;
const SCALE = '/apis/apps/v1/namespaces/default/deployments/d/scale';
const TOKEN = `${NS}/serviceaccounts/default/token`;
const OTHER_NAMESPACE = 'the namespace of the provided object does not match the namespace sent on the request';
const MERGE = { headers: { 'content-type': 'application/merge-patch+json' } };
const NODE = { kind: 'Node', name: 'n' };

const REFUSED: [what: string, method: string, path: string, body: object, status: number, message: string][] = [
  ['an eviction of nobody', 'POST', `${POD}/eviction`, {}, 400, 'name in URL does not match name in Eviction object'],
  [
    'an eviction elsewhere',
    'POST',
    `${POD}/eviction`,
    { metadata: { name: 'p', namespace: 'other' } },
    400,
    OTHER_NAMESPACE,
  ],
  [
    'a binding of nobody',
    'POST',
    `${POD}/binding`,
    { target: NODE },
    400,
    'name in URL does not match name in Binding object',
  ],
  ['a binding without a pod', 'POST', `${NS}/bindings`, { target: NODE }, 400, 'Name parameter required.'],
  [
    'a binding elsewhere',
    'POST',
    `${POD}/binding`,
    { metadata: { name: 'p', namespace: 'other' }, target: NODE },
    400,
    OTHER_NAMESPACE,
  ],
  [
    'a scale of nobody',
    'PUT',
    SCALE,
    { spec: { replicas: 3 } },
    400,
    'the name of the object (d based on URL) was undeterminable: name must be provided',
  ],
  [
    'a scale elsewhere',
    'PUT',
    SCALE,
    { metadata: { name: 'd', namespace: 'other' }, spec: { replicas: 3 } },
    400,
    OTHER_NAMESPACE,
  ],
  ['a token elsewhere', 'POST', TOKEN, { metadata: { namespace: 'other' } }, 400, OTHER_NAMESPACE],
  [
    'a token of another account',
    'POST',
    TOKEN,
    { metadata: { name: 'other' } },
    422,
    'TokenRequest.authentication.k8s.io "default" is invalid: metadata.name: Invalid value: "other": must match the service account name if specified',
  ],
  [
    'a token bound to nobody',
    'POST',
    TOKEN,
    { spec: { boundObjectRef: { kind: 'Pod', apiVersion: 'v1' } } },
    400,
    'Name parameter required.',
  ],
  [
    'a log of less than nothing',
    'GET',
    `${POD}/log?tailLines=-1&limitBytes=0`,
    {},
    422,
    'PodLogOptions "p" is invalid: [tailLines: Invalid value: -1: must be greater than or equal to 0, limitBytes: Invalid value: 0: must be greater than 0]',
  ],
  [
    'a log of one stream',
    'GET',
    `${POD}/log?stream=Stdout`,
    {},
    422,
    'PodLogOptions "p" is invalid: stream: Forbidden: may not be specified',
  ],
  [
    'a log since some day',
    'GET',
    `${POD}/log?sinceTime=x`,
    {},
    400,
    'parsing time "x" as "2006-01-02T15:04:05Z07:00": cannot parse "x" as "2006"',
  ],
];

describe('a body for another place', () => {
  let server: TestServer;
  before(async () => {
    server = await startTestServer();
    const spec = { containers: [{ name: 'c', image: 'i' }] };
    const labels = { app: 'd' };
    await server.ask('POST', `${NS}/serviceaccounts`, { metadata: { name: 'default' } });
    await server.ask('POST', `${NS}/pods`, { metadata: { name: 'p' }, spec });
    await server.ask('POST', '/apis/apps/v1/namespaces/default/deployments', {
      metadata: { name: 'd' },
      spec: { selector: { matchLabels: labels }, template: { metadata: { labels }, spec } },
    });
  });
  after(() => server.close());

  for (const [what, method, path, body, status, message] of REFUSED)
    test(`${what} is refused and does nothing`, async () => {
      const answer = await server.ask(method, path, method === 'GET' ? undefined : body);
      assert.equal(answer.body.message, message);
      assert.equal(answer.status, status);
      assert.equal((await server.ask('GET', POD)).body.spec.nodeName, undefined);
      assert.equal((await server.ask('GET', SCALE)).body.spec.replicas, 1);
    });

  test('an intent names what it makes, and need not name what is there', async () => {
    const apply = (name: string, metadata: object) =>
      server.ask(
        'PATCH',
        `${NS}/configmaps/${name}?fieldManager=f`,
        { apiVersion: 'v1', kind: 'ConfigMap', metadata },
        { headers: { 'content-type': 'application/apply-patch+yaml' } },
      );
    const nameless = await apply('m', {});
    assert.equal(nameless.status, 400);
    assert.match(nameless.body.message, /^the name of the object \(m based on URL\) was undeterminable/);
    assert.equal((await apply('m', { name: 'm' })).status, 201);
    assert.equal((await apply('m', {})).status, 200);
    assert.match((await apply('m', { name: 'x' })).body.message, /^the name of the object \(x\) does not match/);
    assert.equal((await apply('m', { namespace: 'other' })).body.message, OTHER_NAMESPACE);
  });

  test('an eviction in the words of before is one, in both encodings; of any other version it is none', async () => {
    const eviction = (apiVersion: string) => ({
      apiVersion,
      kind: 'Eviction',
      metadata: { name: 'p', namespace: 'default' },
      deleteOptions: { dryRun: ['All'] },
    });
    const json = await server.ask('POST', `${POD}/eviction`, eviction('policy/v1beta1'));
    assert.deepEqual([json.status, json.body.status], [201, 'Success'], json.text);
    const bytes = encodeProtobufOf(eviction('policy/v1beta1'));
    const headers = { 'content-type': 'application/vnd.kubernetes.protobuf' };
    assert.equal((await server.ask('POST', `${POD}/eviction`, bytes, { headers })).status, 201);
    const other = await server.ask('POST', `${POD}/eviction`, eviction('policy/v2'));
    assert.equal(other.status, 400);
    assert.match(other.body.message, /no kind "Eviction" is registered for version "policy\/v2"/);
  });

  test('a decision about a certificate says when it was made, also where nobody said it', async () => {
    const requests = '/apis/certificates.k8s.io/v1/certificatesigningrequests';
    const { spec } = SAMPLES['certificatesigningrequests.certificates.k8s.io'] as { spec: object };
    await server.ask('POST', requests, { metadata: { name: 'r' }, spec });
    const approved = { type: 'Approved', status: 'True', reason: 'Fine' };
    const decide = (sub: string, conditions: object[]) =>
      server.ask('PATCH', `${requests}/r/${sub}`, { status: { conditions } }, MERGE);
    const [first] = (await decide('approval', [approved])).body.status.conditions;
    assert.match(first.lastUpdateTime, /Z$/);
    assert.equal(first.lastTransitionTime, first.lastUpdateTime);
    const long = { ...approved, lastTransitionTime: '2020-01-01T00:00:00Z' };
    await decide('approval', [long]);
    const [again] = (await decide('status', [{ ...approved, reason: 'Fine still' }])).body.status.conditions;
    assert.equal(again.lastTransitionTime, long.lastTransitionTime);
  });

  test('a prefix of names is kept, changed and dropped like any other field', async () => {
    const { body: made } = await server.ask('POST', `${NS}/configmaps`, { metadata: { generateName: 'g-' } });
    const { name } = made.metadata;
    assert.equal(made.metadata.generateName, 'g-');
    const { body } = await server.ask('PUT', `${NS}/configmaps/${name}`, { metadata: { name } });
    assert.equal(body.metadata.generateName, undefined);
  });

  test('any word but false is a yes in a query: who asks to orphan so loses no dependents', async () => {
    await server.ask('POST', `${NS}/configmaps`, { metadata: { name: 'owner' } });
    await server.ask('DELETE', `${NS}/configmaps/owner?orphanDependents=yes`);
    assert.deepEqual((await server.ask('GET', `${NS}/configmaps/owner`)).body.metadata.finalizers, ['orphan']);
  });
});
