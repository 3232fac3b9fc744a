/**
 * What clients lean on and no document promises: what is absent stays absent whatever encoding it came in, what changes
 * nothing writes nothing, refusals say which kind they are, and both views of one object tell the same.
 */
import { strict as assert } from 'node:assert';
import { after, before, describe, test } from 'node:test';
import { encodeProtobufOf } from './encode/protobuf.ts';
import { type TestServer, startTestServer } from './testing/test-server.ts';

const NS = '/api/v1/namespaces/default';
const DEPLOYMENTS = '/apis/apps/v1/namespaces/default/deployments';
const PROTOBUF = { headers: { 'content-type': 'application/vnd.kubernetes.protobuf' } };
const patchOf = (type: string) => ({ headers: { 'content-type': `application/${type}` } });

const deployment = (name: string) => ({
  kind: 'Deployment',
  apiVersion: 'apps/v1',
  metadata: { name },
  spec: {
    selector: { matchLabels: { app: 'a' } },
    template: { metadata: { labels: { app: 'a' } }, spec: { containers: [{ name: 'a', image: 'a:1' }] } },
  },
});

describe('clients lean on it that', () => {
  let server: TestServer;
  before(async () => {
    server = await startTestServer();
    await server.ask('POST', `${NS}/serviceaccounts`, { metadata: { name: 'default' } });
  });
  after(() => server.close());

  test('zeros that protobuf writes for what is absent are absent: defaults and owners are those of the same in JSON', async () => {
    const json = await server.ask('POST', DEPLOYMENTS, deployment('json'));
    const bytes = encodeProtobufOf(deployment('protobuf'));
    const proto = await server.ask('POST', DEPLOYMENTS, bytes, PROTOBUF);
    assert.equal(proto.status, 201, proto.text);
    assert.deepEqual(proto.body.spec, json.body.spec);
    assert.deepEqual(proto.body.metadata.managedFields[0].fieldsV1, json.body.metadata.managedFields[0].fieldsV1);
  });

  test('discovery resolves names to the kind that everybody means: groups and versions stand in their order', async () => {
    const aggregated = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';
    const documents = await Promise.all(
      ['/api', '/apis'].map((path) => server.ask('GET', path, undefined, { headers: { accept: aggregated } })),
    );
    const items = documents.flatMap(({ body }) => body.items as Discovered[]);
    const groups = items.map(({ metadata }) => metadata.name ?? '');
    const before = (a: string, b: string) => assert.ok(groups.indexOf(a) < groups.indexOf(b), `${a} before ${b}`);
    before('', 'metrics.k8s.io');
    before('', 'events.k8s.io');
    before('apps', 'metrics.k8s.io');
    const versions = items.find(({ metadata }) => metadata.name === 'autoscaling')?.versions;
    assert.deepEqual(
      versions?.map(({ version }) => version),
      ['v2', 'v1'],
    );
    const own = items.filter(({ metadata }) => metadata.name !== 'metrics.k8s.io');
    const resources = own.flatMap((group) => group.versions.flatMap((version) => version.resources));
    assert.ok(resources.length > 60);
    for (const { resource, responseKind, scope, singularResource, subresources = [] } of resources) {
      assert.ok(responseKind?.kind, resource);
      assert.match(scope, /^(Cluster|Namespaced)$/, resource);
      assert.ok(singularResource, resource);
      for (const { subresource, responseKind: kind } of subresources)
        assert.ok(kind?.kind, `${resource}/${subresource}`);
    }
    const all = resources.filter(({ categories }) => categories?.includes('all')).map(({ resource }) => resource);
    assert.deepEqual(all.toSorted(), [
      'cronjobs',
      'daemonsets',
      'deployments',
      'horizontalpodautoscalers',
      'horizontalpodautoscalers',
      'jobs',
      'pods',
      'replicasets',
      'replicationcontrollers',
      'services',
      'statefulsets',
    ]);
  });

  test('a refusal says by its reason and its resource what it is', async () => {
    await server.ask('POST', DEPLOYMENTS, deployment('known'));
    const known = `${DEPLOYMENTS}/known`;
    const stale = { ...deployment('known'), metadata: { name: 'known', resourceVersion: '1' } };
    const refusals: [code: number, reason: string, kind: string, method: string, path: string, body?: object][] = [
      [404, 'NotFound', 'deployments', 'GET', `${DEPLOYMENTS}/none`],
      [404, 'NotFound', 'deployments', 'DELETE', `${DEPLOYMENTS}/none`],
      [404, 'NotFound', 'deployments', 'PUT', `${DEPLOYMENTS}/none`, deployment('none')],
      [409, 'AlreadyExists', 'deployments', 'POST', DEPLOYMENTS, deployment('known')],
      [409, 'Conflict', 'deployments', 'PUT', known, stale],
      [409, 'Conflict', 'Deployment', 'DELETE', known, { preconditions: { uid: 'other' } }],
      [409, 'Conflict', 'Deployment', 'DELETE', known, { preconditions: { resourceVersion: '1' } }],
      [422, 'Invalid', 'Deployment', 'POST', DEPLOYMENTS, { ...deployment('UPPER') }],
    ];
    for (const [code, reason, kind, method, path, body] of refusals) {
      const answer = await server.ask(method, path, body);
      const { status, reason: given, code: said, details } = answer.body;
      assert.deepEqual(
        [answer.status, said, status, given, details.kind, details.group],
        [code, code, 'Failure', reason, kind, 'apps'],
      );
    }
  });

  test('a precondition that does not hold says what may have happened', async () => {
    const { body } = await server.ask('POST', `${NS}/configmaps`, { metadata: { name: 'held' } });
    const { uid, resourceVersion } = body.metadata;
    const remove = async (preconditions: object) =>
      (await server.ask('DELETE', `${NS}/configmaps/held`, { preconditions })).body.message;
    assert.equal(
      await remove({ uid: 'x' }),
      `Operation cannot be fulfilled on ConfigMap "held": the UID in the precondition (x) does not match the UID in record (${uid}). The object might have been deleted and then recreated`,
    );
    assert.equal(
      await remove({ resourceVersion: '1' }),
      `Operation cannot be fulfilled on ConfigMap "held": the ResourceVersion in the precondition (1) does not match the ResourceVersion in record (${resourceVersion}). The object might have been modified`,
    );
  });

  test('an update that leaves out namespace and revision is of the object at its URL', async () => {
    const secret = (a: string) => ({ kind: 'Secret', apiVersion: 'v1', metadata: { name: 's' }, data: { a } });
    await server.ask('POST', `${NS}/secrets`, secret('MQ=='));
    const bytes = encodeProtobufOf(secret('Mg=='));
    for (const [body, options] of [
      [secret('MQ=='), {}],
      [bytes, PROTOBUF],
    ] as const) {
      const updated = await server.ask('PUT', `${NS}/secrets/s`, body, options);
      assert.deepEqual([updated.status, updated.body.metadata.namespace], [200, 'default']);
    }
    const { body } = await server.ask('GET', '/api/v1/secrets');
    assert.deepEqual(
      body.items.map((item: Named) => [item.metadata.namespace, item.metadata.name]),
      [['default', 's']],
    );
  });

  test('what changes nothing writes nothing: no revision, no event', async () => {
    const map = { kind: 'ConfigMap', apiVersion: 'v1', metadata: { name: 'quiet' }, data: { a: '1' } };
    const path = `${NS}/configmaps/quiet`;
    const made = await server.ask('POST', `${NS}/configmaps`, map);
    const applied = await server.ask('PATCH', `${path}?fieldManager=m`, map, patchOf('apply-patch+yaml'));
    const watch = await server.watch(
      `${NS}/configmaps?watch=1&resourceVersion=${applied.body.metadata.resourceVersion}`,
    );
    const nothings: [method: string, body: object, type?: string][] = [
      ['PUT', made.body.data && { ...map }],
      ['PUT', { ...applied.body }],
      ['PATCH', { data: { a: '1', b: null } }, 'merge-patch+json'],
      ['PATCH', { data: { a: '1' } }, 'strategic-merge-patch+json'],
      ['PATCH', [{ op: 'replace', path: '/data/a', value: '1' }], 'json-patch+json'],
      ['PATCH', map, 'apply-patch+yaml'],
    ];
    for (const [method, body, type] of nothings) {
      const answer = await server.ask(method, `${path}?fieldManager=m`, body, type ? patchOf(type) : {});
      assert.equal(answer.status, 200, answer.text);
      assert.deepEqual(answer.body, applied.body, `${method} ${type}`);
    }
    await server.ask('POST', `${NS}/configmaps`, { metadata: { name: 'loud' } });
    assert.deepEqual(await watch.nextNames(1), ['ADDED loud']);
    watch.close();
  });

  test('what clients look into without asking is there', async () => {
    const pod = (
      await server.ask('POST', `${NS}/pods`, {
        metadata: { name: 'p' },
        spec: { containers: [{ name: 'a', image: 'a', livenessProbe: { httpGet: { port: 80 } } }] },
      })
    ).body;
    assert.deepEqual(pod.spec.securityContext, {});
    assert.deepEqual(
      [pod.spec.restartPolicy, pod.spec.dnsPolicy, pod.spec.schedulerName],
      ['Always', 'ClusterFirst', 'default-scheduler'],
    );
    const { timeoutSeconds, periodSeconds, successThreshold, failureThreshold } = pod.spec.containers[0].livenessProbe;
    assert.deepEqual([timeoutSeconds, periodSeconds, successThreshold, failureThreshold], [1, 10, 1, 3]);
    assert.deepEqual(pod.spec.containers[0].resources, {});
    const { spec } = (await server.ask('POST', DEPLOYMENTS, deployment('looked-into'))).body;
    assert.deepEqual(spec.strategy, {
      type: 'RollingUpdate',
      rollingUpdate: { maxUnavailable: '25%', maxSurge: '25%' },
    });
    assert.deepEqual(spec.template.spec.securityContext, {});
    const rc = { metadata: { name: 'rc' }, spec: { template: deployment('rc').spec.template } };
    assert.deepEqual((await server.ask('POST', `${NS}/replicationcontrollers`, rc)).body.spec.selector, { app: 'a' });
    const service = (
      await server.ask('POST', `${NS}/services`, { metadata: { name: 's' }, spec: { ports: [{ port: 80 }] } })
    ).body;
    assert.deepEqual(service.status, { loadBalancer: {} });
    assert.deepEqual(service.spec.clusterIPs, [service.spec.clusterIP]);
  });

  test('times are in UTC: seconds, or exactly six digits; who writes others is refused', async () => {
    const path = '/apis/coordination.k8s.io/v1/namespaces/default/leases';
    const lease = (name: string, renewTime: string) => ({ metadata: { name }, spec: { renewTime } });
    const { body } = await server.ask('POST', path, lease('l', '2025-01-02T03:04:05.120000+02:00'));
    assert.equal(body.spec.renewTime, '2025-01-02T01:04:05.120000Z');
    assert.match(body.metadata.creationTimestamp, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    const refused = await server.ask('POST', path, lease('m', '2025-01-02T03:04:05Z'));
    assert.equal(refused.status, 400);
    assert.match(refused.body.message, /parsing time "2025-01-02T03:04:05Z" as "2006-01-02T15:04:05.000000Z07:00"/);
  });

  test('quantities are canonical, and integers keep all their digits', async () => {
    const hard = { memory: '1024Mi', cpu: 0.5, pods: '1e3', 'requests.memory': '7Ei', 'limits.memory': '9Ei' };
    const { body } = await server.ask('POST', `${NS}/resourcequotas`, { metadata: { name: 'q' }, spec: { hard } });
    assert.deepEqual(body.spec.hard, {
      cpu: '500m',
      'limits.memory': '9223372036854775807',
      memory: '1Gi',
      pods: '1e3',
      'requests.memory': '7Ei',
    });
    const large =
      '{"metadata":{"name":"large"},"involvedObject":{"namespace":"default"},"metadata":{"name":"large","generation":9007199254740993}}';
    const event = await server.ask('POST', `${NS}/events`, large);
    assert.match(event.text, /"generation":9007199254740993[,}]/);
  });

  test('events and autoscalers of both versions are one object', async () => {
    const eventTime = '2025-01-02T03:04:05.000001Z';
    const regarding = { kind: 'Pod', namespace: 'default', name: 'p' };
    const series = { count: 2, lastObservedTime: '2025-01-02T03:04:06.000000Z' };
    const reporter = { reportingController: 'x/y', reportingInstance: 'i', action: 'A' };
    const event = {
      metadata: { name: 'e' },
      regarding,
      reason: 'R',
      note: 'n',
      type: 'Normal',
      eventTime,
      series,
      ...reporter,
    };
    await server.ask('POST', '/apis/events.k8s.io/v1/namespaces/default/events', event);
    const { body: old } = await server.ask('GET', `${NS}/events/e`);
    assert.deepEqual([old.apiVersion, old.involvedObject, old.message, old.series], ['v1', regarding, 'n', series]);
    assert.deepEqual([old.reportingComponent, old.reportingInstance, old.eventTime], ['x/y', 'i', eventTime]);
    const counted = {
      metadata: { name: 'f' },
      involvedObject: regarding,
      message: 'm',
      count: 3,
      source: { component: 'c', host: 'h' },
    };
    await server.ask('POST', `${NS}/events`, counted);
    const { body: seen } = await server.ask('GET', '/apis/events.k8s.io/v1/namespaces/default/events/f');
    assert.deepEqual(
      [seen.regarding, seen.note, seen.deprecatedCount, seen.deprecatedSource],
      [regarding, 'm', 3, counted.source],
    );
    const selected = await server.ask('GET', '/apis/events.k8s.io/v1/events?fieldSelector=regarding.name=p,reason=R');
    assert.deepEqual(
      selected.body.items.map((item: Named) => item.metadata.name),
      ['e'],
    );
    await server.ask('DELETE', '/apis/events.k8s.io/v1/namespaces/default/events/f');
    assert.equal((await server.ask('GET', `${NS}/events/f`)).status, 404);

    const path = (version: string) => `/apis/autoscaling/${version}/namespaces/default/horizontalpodautoscalers`;
    const spec = { maxReplicas: 3, scaleTargetRef: { kind: 'Deployment', name: 'd', apiVersion: 'apps/v1' } };
    await server.ask('POST', path('v1'), {
      metadata: { name: 'h' },
      spec: { ...spec, targetCPUUtilizationPercentage: 60 },
    });
    const { body: v2 } = await server.ask('GET', `${path('v2')}/h`);
    assert.deepEqual(v2.spec.metrics, [
      { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 60 } } },
    ]);
    const { body: v1 } = await server.ask('GET', `${path('v1')}/h`);
    assert.deepEqual([v1.spec.targetCPUUtilizationPercentage, v1.metadata.uid], [60, v2.metadata.uid]);
  });
});

interface Discovered {
  metadata: { name?: string };
  versions: { version: string; resources: DiscoveredResource[] }[];
}
interface DiscoveredResource {
  resource: string;
  responseKind?: { kind: string };
  scope: string;
  singularResource: string;
  categories?: string[];
  subresources?: { subresource: string; responseKind?: { kind: string } }[];
}
interface Named {
  metadata: { namespace: string; name: string };
}
