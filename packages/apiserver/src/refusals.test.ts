/** What random requests once found: each is refused as the client's fault, and nothing of it is stored. */
import { strict as assert } from 'node:assert';
import { after, before, describe, test } from 'node:test';
import { DEFINITION } from './testing/fuzz/targets.ts';
import { type TestServer, startTestServer } from './testing/test-server.ts';

const BIG = '9007199254740993';
const MAPS = '/api/v1/namespaces/default/configmaps';
/** Of the older form: one with an eventTime may be about anything. */
const EVENT = {
  metadata: { name: 'e' },
  involvedObject: { kind: 'Pod', namespace: 'elsewhere', name: 'p' },
  reason: 'Tested',
  type: 'Normal',
};

const CASES: readonly (readonly [
  what: string,
  method: string,
  path: string,
  type: string,
  body: string,
  code: number,
])[] = [
  ['a kind that is a large integer', 'POST', MAPS, 'application/json', `{"kind":${BIG}}`, 400],
  ['a version that is a large integer', 'POST', MAPS, 'application/json', `{"apiVersion":${BIG}}`, 400],
  [
    'a directive that holds one',
    'PATCH',
    `${MAPS}/m`,
    'application/strategic-merge-patch+json',
    `{"$patch":[${BIG}]}`,
    400,
  ],
  [
    'a repeated field of YAML, strictly',
    'POST',
    `${MAPS}?fieldValidation=Strict`,
    'application/yaml',
    'data: {a: b, a: c}',
    400,
  ],
  [
    'an event about something in another namespace',
    'POST',
    '/api/v1/namespaces/default/events',
    'application/json',
    JSON.stringify(EVENT),
    422,
  ],
  [
    'a binding to anything but a node, or to none,',
    'POST',
    '/api/v1/namespaces/default/pods/p/binding',
    'application/json',
    JSON.stringify({ metadata: { name: 'p' }, target: { kind: 'Pod' } }),
    422,
  ],
];

describe('what was once let in, or answered by a fault', () => {
  let server: TestServer;
  before(async () => {
    server = await startTestServer();
    await server.ask('POST', MAPS, { metadata: { name: 'm' } });
  });
  after(() => server.close());

  for (const [what, method, path, type, body, code] of CASES)
    test(`${what} is refused`, async () => {
      const before = (await server.store.revision()).toString();
      const answer = await server.ask(method, path, body, { headers: { 'content-type': type } });
      assert.equal(answer.status, code, answer.text);
      assert.equal((await server.store.revision()).toString(), before);
    });

  test('a schema of additional properties is the same in protobuf', async () => {
    const path = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
    const created = await server.ask('POST', path, DEFINITION);
    assert.equal(created.status, 201, created.text);
    const own = `${path}/${DEFINITION.metadata.name}`;
    await established(server, path);
    const accept = 'application/vnd.kubernetes.protobuf';
    const { bytes } = await server.ask('GET', own, undefined, { headers: { accept } });
    const same = await server.ask('PUT', `${own}?dryRun=All`, bytes, { headers: { 'content-type': accept } });
    assert.equal(same.status, 200, same.text);
    assert.deepEqual(same.body.spec, created.body.spec);
  });

  test('a Job that is going in the foreground does not begin to orphan as Jobs do by default', async () => {
    const path = '/apis/batch/v1/namespaces/default/jobs';
    const template = { spec: { restartPolicy: 'Never', containers: [{ name: 'c', image: 'i' }] } };
    await server.ask('POST', '/api/v1/namespaces/default/serviceaccounts', { metadata: { name: 'default' } });
    await server.ask('POST', path, { metadata: { name: 'j' }, spec: { template } });
    await server.ask('DELETE', `${path}/j?propagationPolicy=Foreground`);
    await server.ask('DELETE', `${path}/j`);
    const { body } = await server.ask('GET', `${path}/j`);
    assert.deepEqual(body.metadata.finalizers, ['foregroundDeletion']);
  });
});

/** From then on nobody but the test writes the definition. */
async function established(server: TestServer, path: string): Promise<void> {
  const watch = await server.watch(`${path}?watch=1&fieldSelector=metadata.name%3D${DEFINITION.metadata.name}`);
  const isTrue = (of: { type: string; status: string }): boolean => of.type === 'Established' && of.status === 'True';
  for (;;) {
    const event = await watch.next();
    if (event?.object.status?.conditions?.some(isTrue)) break;
  }
  watch.close();
}
