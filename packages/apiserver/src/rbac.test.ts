/** Who may do what: roles, bindings, nodes, reviews. */
import { strict as assert } from 'node:assert';
import { after, before, describe, test } from 'node:test';
import { type TestServer, startTestServer } from './testing/test-server.ts';

const RBAC = '/apis/rbac.authorization.k8s.io/v1';
const user = (username: string, ...groups: string[]) => ({ user: { username, groups } });
const NODE = user('system:node:node-1', 'system:nodes');

describe('authorization', () => {
  let server: TestServer;
  before(async () => {
    server = await startTestServer();
    await server.ask('POST', '/api/v1/namespaces', { metadata: { name: 'dev' } });
  });
  after(() => server.close());
  const status = async (method: string, path: string, who: ReturnType<typeof user>, body?: unknown) =>
    (await server.ask(method, path, body, who)).status;

  test('a binding in a namespace counts there alone, and at once', async () => {
    assert.equal(await status('GET', '/api/v1/namespaces/dev/pods', user('ann')), 403);
    await server.ask('POST', `${RBAC}/namespaces/dev/rolebindings`, {
      metadata: { name: 'ann-views' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'view' },
      subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: 'ann' }],
    });
    assert.equal(await status('GET', '/api/v1/namespaces/dev/pods', user('ann')), 200);
    assert.equal(await status('GET', '/api/v1/namespaces/default/pods', user('ann')), 403);
    assert.equal(await status('GET', '/api/v1/pods', user('ann')), 403);
    assert.equal(await status('GET', '/api/v1/namespaces/dev/secrets', user('ann')), 403, 'view does not show secrets');
    assert.equal(
      await status('POST', '/api/v1/namespaces/dev/configmaps', user('ann'), { metadata: { name: 'x' } }),
      403,
    );
    await server.ask('DELETE', `${RBAC}/namespaces/dev/rolebindings/ann-views`);
    assert.equal(await status('GET', '/api/v1/namespaces/dev/pods', user('ann')), 403);
  });

  test('a role may name objects, and only those', async () => {
    await server.ask('POST', `${RBAC}/namespaces/dev/roles`, {
      metadata: { name: 'one' },
      rules: [{ verbs: ['get', 'watch'], apiGroups: [''], resources: ['configmaps'], resourceNames: ['mine'] }],
    });
    await server.ask('POST', `${RBAC}/namespaces/dev/rolebindings`, {
      metadata: { name: 'one' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'one' },
      subjects: [{ kind: 'Group', apiGroup: 'rbac.authorization.k8s.io', name: 'team' }],
    });
    assert.equal(await status('GET', '/api/v1/namespaces/dev/configmaps/mine', user('x', 'team')), 404);
    assert.equal(await status('GET', '/api/v1/namespaces/dev/configmaps/other', user('x', 'team')), 403);
    assert.equal(await status('GET', '/api/v1/namespaces/dev/configmaps', user('x', 'team')), 403);
    const watch = await server.watch(
      '/api/v1/namespaces/dev/configmaps?watch=true&fieldSelector=metadata.name%3Dmine',
      user('x', 'team'),
    );
    assert.equal(watch.status, 200, 'a watch of one object by its name is judged by that name');
    watch.close();
  });

  test('who may update alone makes nothing by it', async () => {
    const leases = ['coordination.k8s.io'];
    await server.ask('POST', `${RBAC}/namespaces/dev/roles`, {
      metadata: { name: 'renew' },
      rules: [{ verbs: ['update', 'patch'], apiGroups: leases, resources: ['leases'] }],
    });
    await server.ask('POST', `${RBAC}/namespaces/dev/rolebindings`, {
      metadata: { name: 'renew' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'renew' },
      subjects: [{ kind: 'User', apiGroup: 'rbac.authorization.k8s.io', name: 'renewer' }],
    });
    const lease = '/apis/coordination.k8s.io/v1/namespaces/dev/leases/l';
    const body = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: { name: 'l' } };
    assert.equal(await status('PUT', lease, user('renewer'), body), 403);
    const made = await server.ask('PUT', lease, body);
    assert.equal(made.status, 201);
    assert.equal(await status('PUT', lease, user('renewer'), made.body), 200);
  });

  test('components have the rights of their bootstrap roles', async () => {
    const scheduler = user('system:kube-scheduler');
    assert.equal(await status('GET', '/api/v1/nodes', scheduler), 200);
    assert.equal(await status('GET', '/api/v1/secrets', scheduler), 403);
    const manager = user('system:kube-controller-manager');
    assert.equal(await status('GET', '/apis/apps/v1/replicasets', manager), 200);
  });

  test('a node reads its own pods and what they refer to, and nothing of others', async () => {
    const pod = (name: string, secret: string) => ({
      metadata: { name },
      spec: { containers: [{ name: 'c', image: 'i' }], volumes: [{ name: 's', secret: { secretName: secret } }] },
    });
    for (const [name, node, secret] of [
      ['mine', 'node-1', 's1'],
      ['theirs', 'node-2', 's2'],
    ] as const) {
      await server.ask('POST', '/api/v1/namespaces/default/secrets', { metadata: { name: secret } });
      await server.ask('POST', '/api/v1/namespaces/default/pods', pod(name, secret));
      await server.ask('POST', `/api/v1/namespaces/default/pods/${name}/binding`, {
        metadata: { name },
        target: { kind: 'Node', name: node },
      });
    }
    assert.equal(await status('GET', '/api/v1/namespaces/default/secrets/s1', NODE), 200);
    assert.equal(await status('GET', '/api/v1/namespaces/default/secrets/s2', NODE), 403);
    assert.equal(await status('GET', '/api/v1/namespaces/default/secrets', NODE), 403);
    assert.equal(await status('GET', '/api/v1/namespaces/default/pods/mine', NODE), 200);
    assert.equal(await status('GET', '/api/v1/namespaces/default/pods/theirs', NODE), 403);
    assert.equal(await status('GET', '/api/v1/pods?fieldSelector=spec.nodeName%3Dnode-1', NODE), 200);
    assert.equal(await status('GET', '/api/v1/pods?fieldSelector=spec.nodeName%3Dnode-2', NODE), 403);
    assert.equal(await status('GET', '/api/v1/pods', NODE), 403);
    assert.equal(await status('GET', '/api/v1/services', NODE), 200);
    await server.ask('DELETE', '/api/v1/namespaces/default/pods/mine?gracePeriodSeconds=0');
    assert.equal(await status('GET', '/api/v1/namespaces/default/secrets/s1', NODE), 403);
  });

  test('a node writes its own Node and Lease alone', async () => {
    assert.equal(await status('POST', '/api/v1/nodes', NODE, { metadata: { name: 'node-1' } }), 201);
    assert.equal(await status('GET', '/api/v1/nodes/node-1', NODE), 200);
    assert.equal(await status('GET', '/api/v1/nodes/node-2', NODE), 403);
    const leases = '/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases';
    assert.equal(await status('POST', leases, NODE, { metadata: { name: 'node-1' } }), 201);
    assert.equal(await status('GET', `${leases}/node-1`, NODE), 200);
    assert.equal(await status('GET', `${leases}/node-2`, NODE), 403);
  });

  test('a node makes itself no reader of secrets by a mirror pod that refers to them', async () => {
    const uid = (await server.ask('GET', '/api/v1/nodes/node-1')).body.metadata?.uid ?? '';
    const create = (spec: object) =>
      server.ask(
        'POST',
        '/api/v1/namespaces/dev/pods',
        {
          metadata: {
            name: 'mirror',
            annotations: { 'kubernetes.io/config.mirror': 'x' },
            ownerReferences: [{ apiVersion: 'v1', kind: 'Node', name: 'node-1', uid, controller: true }],
          },
          spec: { nodeName: 'node-1', containers: [{ name: 'c', image: 'i', ...spec }] },
        },
        NODE,
      );
    for (const spec of [
      { envFrom: [{ secretRef: { name: 's1' } }] },
      { env: [{ name: 'A', valueFrom: { secretKeyRef: { name: 's1', key: 'a' } } }] },
    ]) {
      const { status: code, body } = await create(spec);
      assert.equal(code, 403);
      assert.match(body.message, /node "node-1" can not create pods that reference secrets$/);
    }
    assert.equal((await create({})).status, 201);
  });

  test('reviews answer as the server itself would decide', async () => {
    const ask = async (spec: object, who = user('system:kube-scheduler')) =>
      (
        await server.ask(
          'POST',
          '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews',
          { spec },
          { user: { ...who.user, groups: ['system:authenticated'] } },
        )
      ).body.status;
    assert.equal((await ask({ resourceAttributes: { verb: 'list', resource: 'nodes' } })).allowed, true);
    assert.equal((await ask({ resourceAttributes: { verb: 'delete', resource: 'nodes' } })).allowed, false);
    const other = await server.ask('POST', '/apis/authorization.k8s.io/v1/subjectaccessreviews', {
      spec: {
        user: 'system:kube-scheduler',
        resourceAttributes: { verb: 'create', resource: 'pods', subresource: 'binding', namespace: 'dev' },
      },
    });
    assert.equal(other.status, 201);
    assert.equal(other.body.status.allowed, true);
    assert.match(
      other.body.status.reason,
      /^RBAC: allowed by ClusterRoleBinding "system:kube-scheduler" of ClusterRole "system:kube-scheduler" to User "system:kube-scheduler"$/,
    );
  });
});
