/** Bodies that come again: what is made of them is what is made of a body that comes for the first time. */
import { strict as assert } from 'node:assert';
import { after, before, describe, test } from 'node:test';
import { registry } from '@mkube/api';
import { type TestServer, startTestServer } from '../testing/test-server.ts';
import { KnownBodies } from './known-bodies.ts';

const PODS = '/api/v1/namespaces/default/pods';

const podOf = (spec: object = {}, metadata: object = { generateName: 'again-', labels: { app: 'a' } }) => ({
  metadata,
  spec: { containers: [{ name: 'a', image: 'a', resources: { limits: { cpu: '1000m' } } }], ...spec },
});

describe('known bodies', () => {
  const [{ schema } = assert.fail(), other = assert.fail()] = registry;
  const object = { apiVersion: 'v1', kind: 'Pod', metadata: {} } as never;

  test('are kept from the second time on, for their own schema and their own bytes', () => {
    const known = new KnownBodies();
    const bytes = Buffer.from('{"a":1}');
    known.note(bytes, schema, object);
    assert.equal(known.find(bytes, schema), undefined);
    known.note(bytes, schema, object);
    assert.ok(known.find(Buffer.from(bytes), schema));
    assert.equal(known.find(bytes, other.schema), undefined);
    assert.equal(known.find(Buffer.from('{"a":2}'), schema), undefined);
    bytes.fill(0);
    assert.ok(known.find(Buffer.from('{"a":1}'), schema), 'the bytes are its own');
  });

  test('give way to others of the same length, and are forgotten', () => {
    const known = new KnownBodies();
    const [one, two] = [Buffer.from('{"a":1}'), Buffer.from('{"a":2}')];
    for (const bytes of [one, one, two]) known.note(bytes, schema, object);
    assert.equal(known.find(one, schema), undefined);
    assert.equal(known.find(two, schema), undefined);
  });
});

describe('creates of the same body', () => {
  let server: TestServer;
  before(async () => void (server = await startTestServer()));
  after(() => server.close());

  const settled = ({ metadata, ...rest }: { metadata: Record<string, unknown> }) => {
    const { name: _n, uid: _u, resourceVersion: _r, creationTimestamp: _c, managedFields, ...kept } = metadata;
    const text = JSON.stringify({ metadata: kept, managedFields, ...rest }).replace(/"time":"[^"]*"/g, '');
    return text.replace(/kube-api-access-\w{5}/g, 'kube-api-access');
  };

  const bare = { automountServiceAccountToken: false };
  const bodies: Record<string, object> = {
    'with a token of their own': podOf(),
    'without a token': podOf(bare),
    'with what defaults and admission look at': podOf({
      ...bare,
      hostNetwork: true,
      tolerations: [{ key: 'node.kubernetes.io/not-ready', operator: 'Exists' }],
      schedulingGates: [{ name: 'example.com/wait' }],
      initContainers: [{ name: 'first', image: 'a:1', ports: [{ containerPort: 80 }] }],
      volumes: [{ name: 'v', emptyDir: {} }],
    }),
    'with what there is to warn of': podOf({ ...bare, terminationGracePeriodSeconds: -1 }),
    'with annotations that become fields': podOf(bare, {
      generateName: 'again-',
      annotations: { 'container.apparmor.security.beta.kubernetes.io/a': 'runtime/default' },
    }),
  };
  for (const [what, pod] of Object.entries(bodies))
    test(`give objects of their own that are the same in all but their names: ${what}`, async () => {
      const answers = [];
      for (let i = 0; i < 6; i++) answers.push(await server.ask('POST', PODS, pod));
      const made = answers.map(({ body }) => body);
      assert.equal(new Set(made.map(({ metadata }) => metadata.name)).size, 6);
      assert.equal(new Set(made.map(({ metadata }) => metadata.uid)).size, 6);
      assert.equal(new Set(made.map(settled)).size, 1, made.map(settled).join('\n'));
      assert.equal(new Set(answers.map(({ headers }) => String(headers['warning']))).size, 1);
      for (const { metadata } of made) {
        const { body } = await server.ask('GET', `${PODS}/${metadata.name}`);
        assert.equal(settled(body), settled(made[0]));
      }
    });

  test('get what admission makes of them now', async () => {
    const classes = '/apis/scheduling.k8s.io/v1/priorityclasses';
    const priorityNow = async () => (await server.ask('POST', PODS, podOf(bare))).body.spec.priority;
    for (let i = 0; i < 4; i++) assert.equal(await priorityNow(), 0);
    await server.ask('POST', classes, { metadata: { name: 'all' }, value: 7, globalDefault: true });
    for (let i = 0; i < 4; i++) assert.equal(await priorityNow(), 7);
    await server.ask('DELETE', `${classes}/all`);
    assert.equal(await priorityNow(), 0);
  });

  test('are refused and warned of each time', async () => {
    for (let i = 0; i < 4; i++) {
      const { status } = await server.ask('POST', PODS, podOf({ restartPolicy: 'Perhaps' }));
      assert.equal(status, 422);
      const warned = await server.ask('POST', PODS, podOf({ nothing: 1 }));
      assert.match(String(warned.headers['warning']), /unknown field \\"spec.nothing\\"/);
      const strict = await server.ask('POST', `${PODS}?fieldValidation=Strict`, podOf({ nothing: 1 }));
      assert.equal(strict.status, 400);
      const ignored = await server.ask('POST', `${PODS}?fieldValidation=Ignore`, podOf({ nothing: 2 }));
      assert.equal(ignored.status, 201);
      assert.equal(ignored.headers['warning'], undefined);
    }
  });

  test('go to the namespace of their URL, and follow what becomes of it', async () => {
    const body = { metadata: { name: 'one' }, data: { a: 'b' } };
    for (const namespace of ['first', 'second', 'third', 'fourth']) {
      await server.ask('POST', '/api/v1/namespaces', { metadata: { name: namespace } });
      const { status } = await server.ask('POST', `/api/v1/namespaces/${namespace}/configmaps`, body);
      assert.equal(status, 201);
      const again = await server.ask('POST', `/api/v1/namespaces/${namespace}/configmaps`, body);
      assert.equal(again.body.reason, 'AlreadyExists');
      const { body: made } = await server.ask('GET', `/api/v1/namespaces/${namespace}/configmaps/one`);
      assert.equal(made.metadata.namespace, namespace);
    }
  });

  test('of every kind that has a status come with an empty one', async () => {
    for (let i = 0; i < 4; i++) {
      const { body } = await server.ask('POST', '/apis/apps/v1/namespaces/default/deployments', {
        metadata: { generateName: 'd-' },
        spec: {
          selector: { matchLabels: { a: 'b' } },
          template: { metadata: { labels: { a: 'b' } }, spec: podOf().spec },
        },
        status: { replicas: 7 },
      });
      assert.deepEqual(body.status, {});
      assert.equal(body.metadata.generation, 1);
      assert.equal(body.spec.replicas, 1);
    }
  });
});
