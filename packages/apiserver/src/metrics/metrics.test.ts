/** /metrics: the names and labels that dashboards and alerts for Kubernetes ask for, and figures that add up. */
import { strict as assert } from 'node:assert';
import { test } from 'node:test';
import { startTestServer } from '../testing/test-server.ts';

/** Values by name and sorted labels. */
function parse(text: string): Map<string, number> {
  const values = new Map<string, number>();
  for (const line of text.trimEnd().split('\n')) {
    if (line.startsWith('#')) continue;
    const match = /^([a-z_]+)(?:\{(.*)\})? (\S+)$/.exec(line);
    assert.ok(match, line);
    const [, name = '', labels = '', value] = match;
    assert.ok(Number.isFinite(Number(value)), line);
    const sorted = labels.split(/,(?=[a-z_]+=")/).toSorted();
    values.set(`${name}{${sorted.join()}}`, Number(value));
  }
  return values;
}

test('requests are counted as Kubernetes names them', async () => {
  const server = await startTestServer();
  const path = '/api/v1/namespaces/default/configmaps';
  const apply = { headers: { 'content-type': 'application/apply-patch+yaml' } };
  const merge = { headers: { 'content-type': 'application/merge-patch+json' } };
  await server.ask('POST', path, { metadata: { name: 'a' } });
  await server.ask('POST', `${path}?dryRun=All`, { metadata: { name: 'b' } });
  await server.ask('PUT', `${path}/a`, { metadata: { name: 'a' }, data: { a: '1' } });
  await server.ask('PATCH', `${path}/a?fieldManager=m`, 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}', apply);
  await server.ask('PATCH', `${path}/a?fieldManager=m`, {}, merge);
  await server.ask('GET', `${path}/a`);
  await server.ask('GET', `${path}/a`);
  await server.ask('GET', `${path}/none`);
  await server.ask('GET', path);
  await server.ask('GET', '/api/v1/configmaps');
  const watch = await server.watch(`${path}?watch=1&resourceVersion=0`);
  assert.deepEqual(await watch.nextNames(1), ['ADDED a']);
  await server.ask('PATCH', `${path}/a`, { data: { b: '2' } }, merge);
  assert.deepEqual(await watch.nextNames(1), ['MODIFIED a']);
  const metrics = parse((await server.ask('GET', '/metrics')).text);
  const counted = (verb: string, scope: string, code: number, dryRun = '') =>
    metrics.get(
      `apiserver_request_total{code="${code}",component="apiserver",dry_run="${dryRun}",group="",resource="configmaps",scope="${scope}",subresource="",verb="${verb}",version="v1"}`,
    );
  assert.equal(counted('POST', 'resource', 201), 1);
  assert.equal(counted('POST', 'resource', 201, 'All'), 1);
  assert.equal(counted('PUT', 'resource', 200), 1);
  assert.equal(counted('APPLY', 'resource', 200), 1);
  assert.equal(counted('PATCH', 'resource', 200), 2);
  assert.equal(counted('GET', 'resource', 200), 2);
  assert.equal(counted('GET', 'resource', 404), 1);
  assert.equal(counted('LIST', 'namespace', 200), 1);
  assert.equal(counted('LIST', 'cluster', 200), 1);
  assert.equal(counted('WATCH', 'namespace', 200), 1);
  const configMaps = 'group="",resource="configmaps",version="v1"';
  assert.equal(metrics.get(`apiserver_registered_watchers{${configMaps}}`), 1);
  assert.equal(metrics.get(`apiserver_watch_events_total{${configMaps}}`), 1);
  assert.equal(
    metrics.get('apiserver_storage_objects{resource="configmaps"}'),
    2,
    'this one and the CA for extensions',
  );
  assert.ok(
    (metrics.get('etcd_request_duration_seconds_count{group="",operation="update",resource="configmaps"}') ?? 0) >= 2,
  );
  watch.close();
  await server.close();
});

test('admission, audit, the store and API services are counted under their names', async () => {
  const lines: string[] = [];
  const policy = { rules: [{ level: 'Metadata' as const }] };
  const server = await startTestServer({ audit: { policy, write: (line) => lines.push(line) } });
  const pod = {
    metadata: { name: 'p' },
    spec: { serviceAccountName: 'none', containers: [{ name: 'a', image: 'a' }] },
  };
  const refused = await server.ask('POST', '/api/v1/namespaces/default/pods', pod);
  assert.equal(refused.status, 403);
  const metrics = parse((await server.ask('GET', '/metrics')).text);
  const admitted = (name: string, rejected: boolean) =>
    metrics.get(
      `apiserver_admission_controller_admission_duration_seconds_count{name="${name}",operation="CREATE",rejected="${rejected}",type="admit"}`,
    );
  assert.equal(admitted('ServiceAccount', true), 1, 'there is no such account');
  assert.equal(admitted('ServiceAccount', false), undefined);
  assert.ok((metrics.get('apiserver_audit_event_total{}') ?? 0) > 0);
  assert.equal(metrics.get('aggregator_unavailable_apiservice{name="v1.apps"}'), 0);
  assert.ok((metrics.get('etcd_requests_total{group="",operation="create",resource="namespaces"}') ?? 0) >= 4);
  assert.ok(
    (metrics.get('etcd_requests_total{group="apiregistration.k8s.io",operation="create",resource="apiservices"}') ??
      0) > 0,
  );
  await server.close();
});

test('every name that is documented is there, with buckets that grow', async () => {
  const server = await startTestServer();
  await server.ask('GET', '/api/v1/pods');
  const { text } = await server.ask('GET', '/metrics');
  for (const name of [
    'apiserver_admission_controller_admission_duration_seconds',
    'apiserver_audit_event_total',
    'apiserver_audit_requests_rejected_total',
    'apiserver_current_inflight_requests',
    'apiserver_flowcontrol_current_executing_requests',
    'apiserver_flowcontrol_nominal_limit_seats',
    'apiserver_flowcontrol_rejected_requests_total',
    'apiserver_flowcontrol_request_wait_duration_seconds',
    'apiserver_longrunning_requests',
    'apiserver_request_duration_seconds',
    'apiserver_request_sli_duration_seconds',
    'apiserver_request_total',
    'apiserver_resource_objects',
    'authenticated_user_requests',
    'authentication_attempts',
    'etcd_request_duration_seconds',
    'etcd_requests_total',
    'kubernetes_build_info',
    'process_cpu_seconds_total',
    'process_max_fds',
    'process_open_fds',
    'process_resident_memory_bytes',
    'process_start_time_seconds',
  ])
    assert.match(text, new RegExp(`^# TYPE ${name} (counter|gauge|histogram)$`, 'm'));
  const buckets = [
    ...text.matchAll(/^apiserver_request_duration_seconds_bucket\{[^}]*resource="pods"[^}]*\} (\d+)$/gm),
  ];
  const counts = buckets.map(([, count]) => Number(count));
  assert.ok(counts.length > 10);
  assert.deepEqual(
    counts,
    counts.toSorted((a, b) => a - b),
  );
  await server.close();
});
