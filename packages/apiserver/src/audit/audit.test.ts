/** What is written down of which requests, and when. */
import { strict as assert } from 'node:assert';
import { request as httpsRequest } from 'node:https';
import { after, before, describe, test } from 'node:test';
import { createTestAuthority } from '../testing/certificates.ts';
import { type TestServer, startTestServer } from '../testing/test-server.ts';
import { configOf, parsePolicy } from './policy.ts';

// oxlint-disable-next-line typescript/no-explicit-any -- tests look into any event
type Event = any;

const policyOf = (rest: object) => parsePolicy({ apiVersion: 'audit.k8s.io/v1', kind: 'Policy', ...rest });

/** A server whose log is at hand, by lines since the last look. */
async function startAudited(policy: ReturnType<typeof policyOf>, more: Parameters<typeof startTestServer>[0] = {}) {
  const lines: string[] = [];
  const server = await startTestServer({ ...more, audit: { policy, write: (line) => lines.push(line) } });
  lines.length = 0;
  const take = (): Event[] => lines.splice(0).map((line) => JSON.parse(line) as Event);
  return { server, take };
}

describe('with a policy of many rules', () => {
  let server: TestServer;
  let take: () => Event[];
  const MAPS = '/api/v1/namespaces/default/configmaps';
  const SERVICES = '/api/v1/namespaces/default/services';
  before(async () => {
    ({ server, take } = await startAudited(
      policyOf({
        omitStages: ['RequestReceived'],
        rules: [
          { level: 'None', users: ['system:quiet'] },
          { level: 'None', nonResourceURLs: ['/healthz*'] },
          { level: 'RequestResponse', resources: [{ resources: ['secrets', 'services'] }], omitManagedFields: true },
          { level: 'Request', verbs: ['create', 'patch'] },
          { level: 'Metadata' },
        ],
      }),
    ));
  });
  after(() => server.close());

  test('each request is written down as much as the first matching rule says', async () => {
    await server.ask('POST', '/api/v1/namespaces', { metadata: { name: 'n' } });
    const [created] = take();
    assert.deepEqual([created.level, created.stage, created.verb], ['Request', 'ResponseComplete', 'create']);
    assert.deepEqual(created.requestObject, { metadata: { name: 'n' } });
    assert.deepEqual(created.objectRef, { resource: 'namespaces', name: 'n', apiVersion: 'v1' });
    assert.deepEqual(created.responseStatus, { metadata: {}, code: 201 });
    assert.equal(created.responseObject, undefined);
    await server.ask('GET', `${SERVICES}/none`);
    const [missing] = take();
    assert.equal(missing.responseObject.code, 404);
    const { reason, message, code } = missing.responseStatus;
    assert.deepEqual([reason, message, code], ['NotFound', 'services "none" not found', 404]);
    await server.ask('GET', '/api/v1/pods', undefined, { user: { username: 'system:quiet', groups: [] } });
    await server.ask('GET', '/healthz');
    assert.deepEqual(take(), []);
  });

  test('secrets and config maps are never written down whole', async () => {
    await server.ask('POST', MAPS, { metadata: { name: 'a' }, data: { password: 'hidden' } });
    await server.ask('POST', '/api/v1/namespaces/default/secrets', {
      metadata: { name: 's' },
      stringData: { a: 'hidden' },
    });
    const events = take();
    assert.deepEqual(
      events.map(({ level, objectRef }) => [level, objectRef.name]),
      [
        ['Metadata', 'a'],
        ['Metadata', 's'],
      ],
    );
    assert.equal(JSON.stringify(events).includes('hidden'), false);
  });

  test('lists and objects stand there without their fields’ owners where the rule says so', async () => {
    const spec = { ports: [{ port: 80 }] };
    const made = await server.ask('POST', SERVICES, { metadata: { name: 'web' }, spec });
    assert.ok(made.body.metadata.managedFields);
    const list = await server.ask('GET', SERVICES);
    const [one, all] = take();
    assert.equal(one.responseObject.metadata.name, 'web');
    assert.equal(one.responseObject.metadata.managedFields, undefined);
    assert.deepEqual(all.responseObject.items.length, list.body.items.length);
    assert.equal(JSON.stringify(all).includes('managedFields'), false);
  });

  test('a patch in YAML is shown as the object it is', async () => {
    const headers = { 'content-type': 'application/apply-patch+yaml' };
    await server.ask('PATCH', '/api/v1/namespaces/n?fieldManager=m', 'apiVersion: v1\nkind: Namespace\n', { headers });
    assert.deepEqual(take()[0].requestObject, { apiVersion: 'v1', kind: 'Namespace' });
  });

  test('who was asked for, and what was decided, stand beside who asked', async () => {
    await server.ask('GET', '/version', undefined, { headers: { 'impersonate-user': 'dana' } });
    const [impersonating] = take();
    assert.equal(impersonating.impersonatedUser.username, 'dana');
    assert.equal(impersonating.user.username, 'kubernetes-admin');
    assert.equal(impersonating.annotations['authorization.k8s.io/decision'], 'allow');
    assert.match(impersonating.annotations['authorization.k8s.io/reason'], /RBAC: allowed by ClusterRoleBinding/);
    await server.ask('GET', '/api/v1/nodes', undefined, { user: { username: 'eve', groups: [] } });
    assert.equal(take()[0].annotations['authorization.k8s.io/decision'], 'forbid');
    await server.ask('DELETE', '/api/v1/namespaces/default');
    const [refused] = take();
    assert.equal(refused.responseStatus.code, 403);
    assert.equal(refused.annotations['authorization.k8s.io/decision'], 'allow', 'it was admission that refused');
  });

  test('an answer says under which id it stands there, the client’s own where it brought one', async () => {
    const answer = await server.ask('GET', '/version');
    assert.equal(answer.headers['audit-id'], take()[0].auditID);
    const headers = { 'audit-id': 'mine', 'x-forwarded-for': '10.0.0.1, 10.0.0.2', 'user-agent': 'x'.repeat(2000) };
    await server.ask('GET', '/version', undefined, { headers });
    const [event] = take();
    assert.equal(event.auditID, 'mine');
    assert.deepEqual(event.sourceIPs, ['10.0.0.1', '10.0.0.2']);
    assert.equal(event.userAgent, `${'x'.repeat(1024)}...TRUNCATED`);
  });
});

test('a watch is written down when it comes, begins and ends, all else when it comes and ends', async () => {
  const { server, take } = await startAudited(policyOf({ rules: [{ level: 'Metadata' }] }));
  await server.ask('GET', '/api/v1/nodes');
  assert.deepEqual(
    take().map(({ stage }) => stage),
    ['RequestReceived', 'ResponseComplete'],
  );
  const watch = await server.watch('/api/v1/nodes?watch=1');
  const begun = take();
  assert.deepEqual(
    begun.map(({ stage }) => stage),
    ['RequestReceived', 'ResponseStarted'],
  );
  assert.equal(new Set(begun.map(({ auditID }) => auditID)).size, 1);
  assert.equal(begun[0].stageTimestamp, begun[0].requestReceivedTimestamp);
  assert.equal(begun[0].responseStatus, undefined);
  await server.close();
  assert.equal(await watch.next(), undefined);
  assert.deepEqual(
    take().map(({ stage }) => stage),
    ['ResponseComplete'],
  );
});

test('a fault of the server is a panic', async () => {
  const { server, take } = await startAudited(policyOf({ rules: [{ level: 'Metadata' }] }));
  server.store.put = () => {
    throw new Error('no disk');
  };
  await server.ask('POST', '/api/v1/namespaces', { metadata: { name: 'n' } });
  const [, event] = take();
  assert.equal(event.stage, 'Panic');
  assert.equal(event.responseStatus.message, "APIServer panic'd: no disk");
  await server.close();
});

test('who cannot say who they are stands there with how they tried', async () => {
  const authority = await createTestAuthority();
  const tls = { ...(await authority.issue({ commonName: 'kube-apiserver' })), clientCa: authority.cert };
  const { server, take } = await startAudited(policyOf({ rules: [{ level: 'Metadata' }] }), { tls });
  const { port } = await server.api.listen([{ host: '127.0.0.1', port: 0 }]);
  const headers = { authorization: 'Bearer nonsense' };
  const status = await new Promise((resolve) => {
    httpsRequest({ host: '127.0.0.1', port, path: '/api/v1/pods', ca: authority.cert, agent: false, headers }, (r) => {
      r.resume();
      resolve(r.statusCode);
    }).end();
  });
  assert.equal(status, 401);
  const events = take();
  assert.equal(events.length, 1);
  assert.deepEqual([events[0].stage, events[0].user, events[0].verb], ['ResponseStarted', {}, 'list']);
  assert.equal(events[0].responseStatus.message, 'Authentication failed, attempted: bearer');
  await server.close();
});

describe('a rule', () => {
  const user = { username: 'u', groups: ['g'] };
  const resource = {
    verb: 'get',
    group: '',
    version: 'v1',
    resource: 'pods',
    subresource: 'log',
    namespace: 'n',
    name: 'p',
  };
  const info = { type: 'resource', rest: '', ...resource } as const;
  const path = { type: 'path', verb: 'get', path: '/metrics' } as const;
  const of = (rule: object, what: Parameters<typeof configOf>[2] = info) =>
    configOf(policyOf({ rules: [{ level: 'Metadata', ...rule }] }), user, what) !== undefined;

  test('matches what all of its fields name', () => {
    assert.ok(of({}));
    assert.ok(of({ userGroups: ['x', 'g'], users: ['u'], verbs: ['get'], namespaces: ['n'] }));
    assert.ok(!of({ userGroups: ['x'] }));
    assert.ok(!of({ namespaces: [''] }), 'no namespace is that of no namespaced object');
    for (const name of ['pods/log', 'pods/*', '*/log', '*'])
      assert.ok(of({ resources: [{ resources: [name] }] }), name);
    for (const name of ['pods', '*/status']) assert.ok(!of({ resources: [{ resources: [name] }] }), name);
    assert.ok(!of({ resources: [{ group: 'apps' }] }));
    assert.ok(of({ resources: [{ resources: ['pods/log'], resourceNames: ['p'] }] }));
    assert.ok(!of({ resources: [{ resources: ['pods/log'], resourceNames: ['q'] }] }));
    assert.ok(of({ nonResourceURLs: ['/met*'] }, path));
    assert.ok(!of({ nonResourceURLs: ['/met*'] }));
    assert.ok(!of({ resources: [{}] }, path));
  });

  test('leaves out the stages of the policy and its own, and overrules what the policy says of owners', () => {
    const rules = [{ level: 'Metadata', omitStages: ['Panic'], omitManagedFields: false }];
    const config = configOf(policyOf({ rules, omitStages: ['RequestReceived'], omitManagedFields: true }), user, info);
    const stages = ['RequestReceived', 'Panic', 'ResponseComplete'] as const;
    assert.deepEqual(
      stages.map((stage) => config?.omits(stage)),
      [true, true, false],
    );
    assert.equal(config?.omitManagedFields, false);
  });
});

test('a policy that says nothing sensible is refused with all that is wrong', () => {
  const faults: [object, RegExp][] = [
    [{ rules: [{ level: 'All' }] }, /rules\[0\].level must be one of None, Metadata/],
    [{ rules: [] }, /at least one rule/],
    [{ rules: [{ level: 'None', omitStages: ['Never'] }] }, /rules\[0\].omitStages must be of RequestReceived/],
    [{ omitStages: ['x'], rules: [{ level: 'None' }] }, /^Error: omitStages must be of/],
    [{ rules: [{ level: 'None', nonResourceURLs: ['/a*b', 'c'] }] }, /'\/a\*b'.*; .*'c' must begin with/],
    [{ rules: [{ level: 'None', nonResourceURLs: ['/a'], namespaces: ['n'] }] }, /not of both/],
    [{ rules: [{ level: 'None', resources: [{ resourceNames: ['a'] }] }] }, /resourceNames need resources/],
  ];
  for (const [policy, fault] of faults) assert.throws(() => policyOf(policy), fault);
  assert.throws(() => parsePolicy([]), /an audit policy is an object of kind Policy/);
});
