/** metrics.k8s.io over a stand-in for a kubelet that says in /metrics/resource what the test wants. */
import { strict as assert } from 'node:assert';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { createTestAuthority } from '../../testing/certificates.ts';
import { type TestServer, startTestServer } from '../../testing/test-server.ts';

const ROOT = '/apis/metrics.k8s.io/v1beta1';
const TABLE = 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json';
const MERGE = { headers: { 'content-type': 'application/merge-patch+json' } };

/** Busy with a quarter of a core since it began, and in it one container with a tenth. */
function exposition(now: number): string {
  const of = 'container="c",namespace="default",pod="busy"';
  return [
    '# TYPE node_cpu_usage_seconds_total counter',
    `node_cpu_usage_seconds_total ${(now / 1000) * 0.25} ${now}`,
    `node_memory_working_set_bytes 1073741824 ${now}`,
    `container_cpu_usage_seconds_total{${of}} ${(now / 1000) * 0.1} ${now}`,
    `container_memory_working_set_bytes{${of}} 20971520 ${now}`,
    `container_start_time_seconds{${of}} 0.001`,
    '',
  ].join('\n');
}

describe('metrics.k8s.io', () => {
  let server: TestServer;
  let kubelet: ReturnType<typeof createServer>;
  let asked = 0;
  const paths: string[] = [];
  before(async () => {
    const authority = await createTestAuthority();
    const [client, node] = await Promise.all([
      authority.issue({ commonName: 'kube-apiserver-kubelet-client', groups: ['system:masters'] }),
      authority.issue({ commonName: 'node' }),
    ]);
    kubelet = createServer({ ...node, ca: authority.cert, requestCert: true }, (request, response) => {
      asked++;
      paths.push(request.url ?? '');
      response.end(exposition(Date.now()));
    });
    await new Promise<void>((resolve) => kubelet.listen(0, '127.0.0.1', resolve));
    server = await startTestServer({ kubelet: { ...client, ca: authority.cert } });
    const { port } = kubelet.address() as AddressInfo;
    const status = (Port: number) => ({
      addresses: [{ type: 'InternalIP', address: '127.0.0.1' }],
      daemonEndpoints: { kubeletEndpoint: { Port } },
    });
    for (const [name, of] of [
      ['n', port],
      ['dead', 1],
    ] as const) {
      await server.ask('POST', '/api/v1/nodes', { metadata: { name, labels: { node: name } } });
      await server.ask('PATCH', `/api/v1/nodes/${name}/status`, { status: status(of) }, MERGE);
    }
    for (const name of ['busy', 'new', 'done']) {
      const path = '/api/v1/namespaces/default/pods';
      const containers = [{ name: 'c', image: 'i' }];
      await server.ask('POST', path, {
        metadata: { name, labels: { app: name } },
        spec: { nodeName: 'n', containers },
      });
      const phase = name === 'done' ? 'Succeeded' : 'Running';
      await server.ask('PATCH', `${path}/${name}/status`, { status: { phase } }, MERGE);
    }
  });
  after(async () => {
    await server.close();
    kubelet.closeAllConnections();
    kubelet.close();
  });

  test('nodes that answer are told, with the kubelet asked twice and only when somebody wants to know', async () => {
    assert.equal(asked, 0);
    const { status, body } = await server.ask('GET', `${ROOT}/nodes`);
    assert.equal(status, 200);
    assert.deepEqual([body.kind, body.apiVersion, body.items.length], ['NodeMetricsList', 'metrics.k8s.io/v1beta1', 1]);
    const [{ metadata, usage, window, timestamp }] = body.items;
    assert.deepEqual([metadata.name, metadata.labels], ['n', { node: 'n' }]);
    assert.equal(usage.memory, '1Gi');
    assert.match(usage.cpu, /^(25\d|24\d)\d*[mun]$/);
    assert.match(window, /^1(\.\d+)?s$/);
    assert.ok(Date.now() - Date.parse(timestamp) < 30_000);
    assert.deepEqual(paths, ['/metrics/resource', '/metrics/resource']);
  });

  test('running pods of which the kubelet tells are listed, selectors are about the pods', async () => {
    const list = async (query: string) =>
      (await server.ask('GET', `${ROOT}/${query}`)).body.items.map(
        (item: { metadata: { name: string } }) => item.metadata.name,
      );
    assert.deepEqual(await list('pods'), ['busy']);
    assert.deepEqual(await list('namespaces/default/pods?labelSelector=app%3Dbusy'), ['busy']);
    assert.deepEqual(await list('namespaces/default/pods?labelSelector=app%3Dnew'), []);
    assert.deepEqual(await list('namespaces/default/pods?fieldSelector=metadata.name%3Dbusy'), ['busy']);
    assert.deepEqual(await list('namespaces/kube-system/pods'), []);
    assert.equal((await server.ask('GET', `${ROOT}/pods?fieldSelector=spec.nodeName%3Dn`)).status, 400);
  });

  test('one pod: its containers, or the refusal of metrics-server', async () => {
    const pods = `${ROOT}/namespaces/default/pods`;
    const { body } = await server.ask('GET', `${pods}/busy`);
    assert.deepEqual([body.kind, body.containers.length, body.containers[0].name], ['PodMetrics', 1, 'c']);
    assert.equal(body.containers[0].usage.memory, '20Mi');
    assert.match(body.containers[0].usage.cpu, /^(10\d|9\d)\d*[mun]$/);
    const messages = await Promise.all(
      ['new', 'none'].map(async (name) => (await server.ask('GET', `${pods}/${name}`)).body.message),
    );
    assert.deepEqual(messages, ['podmetrics.metrics.k8s.io "default/new" not found', 'pods "none" not found']);
    const dead = await server.ask('GET', `${ROOT}/nodes/dead`);
    assert.deepEqual([dead.status, dead.body.message], [404, 'nodemetrics.metrics.k8s.io "dead" not found']);
  });

  test('as a Table, as protobuf, and nothing but get and list', async () => {
    const { body } = await server.ask('GET', `${ROOT}/pods`, undefined, { headers: { accept: TABLE } });
    assert.deepEqual(
      body.columnDefinitions.map((c: { name: string }) => c.name),
      ['Name', 'cpu', 'memory', 'Window'],
    );
    assert.deepEqual([body.rows[0].cells[0], body.rows[0].cells[2]], ['busy', '20Mi']);
    const accept = 'application/vnd.kubernetes.protobuf, */*';
    const { bytes, headers } = await server.ask('GET', `${ROOT}/nodes`, undefined, { headers: { accept } });
    assert.equal(headers['content-type'], 'application/vnd.kubernetes.protobuf');
    assert.equal(bytes.toString('latin1', 0, 4), 'k8s\0');
    assert.ok(bytes.includes('NodeMetricsList') && bytes.includes('1Gi'));
    for (const method of ['POST', 'DELETE', 'PATCH'])
      assert.equal((await server.ask(method, `${ROOT}/namespaces/default/pods`, {}, MERGE)).status, 405);
    assert.equal((await server.ask('GET', `${ROOT}/pods?watch=true`)).status, 405);
  });

  test('discovery names it behind everything else, OpenAPI describes it, its APIService is local', async () => {
    const accept = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';
    const { body } = await server.ask('GET', '/apis', undefined, { headers: { accept } });
    const last = body.items.at(-1);
    assert.equal(last.metadata.name, 'metrics.k8s.io');
    assert.deepEqual(
      last.versions[0].resources.map((r: { resource: string; scope: string }) => [r.resource, r.scope]),
      [
        ['nodes', 'Cluster'],
        ['pods', 'Namespaced'],
      ],
    );
    const openApi = await server.ask('GET', '/openapi/v3/apis/metrics.k8s.io/v1beta1');
    assert.ok(openApi.body.paths['/apis/metrics.k8s.io/v1beta1/namespaces/{namespace}/pods/{name}'].get);
    assert.ok(openApi.body.components.schemas['io.k8s.metrics.pkg.apis.metrics.v1beta1.PodMetrics']);
    const path = '/apis/apiregistration.k8s.io/v1/apiservices/v1beta1.metrics.k8s.io';
    const all = await server.ask('GET', path.replace(/\/[^/]*$/, ''));
    const names = all.body.items.map((item: { metadata: { name: string } }) => item.metadata.name);
    assert.ok(
      ['v1.', 'v1.apps', 'v1.autoscaling', 'v2.autoscaling'].every((name) => names.includes(name)),
      names.join(),
    );
    const service = await server.ask('GET', path, undefined, { headers: { accept: TABLE } });
    assert.deepEqual(service.body.rows[0].cells.slice(0, 3), ['v1beta1.metrics.k8s.io', 'Local', 'True']);
  });

  test('who may view a namespace may see its metrics, others may not', async () => {
    const user = { username: 'jane', groups: ['system:authenticated'] };
    const pods = `${ROOT}/namespaces/default/pods`;
    assert.equal((await server.ask('GET', pods, undefined, { user })).status, 403);
    await server.ask('POST', '/apis/rbac.authorization.k8s.io/v1/namespaces/default/rolebindings', {
      metadata: { name: 'jane' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'view' },
      subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: 'jane' }],
    });
    assert.equal((await server.ask('GET', pods, undefined, { user })).status, 200);
    assert.equal((await server.ask('GET', `${ROOT}/nodes`, undefined, { user })).status, 403);
  });
});
