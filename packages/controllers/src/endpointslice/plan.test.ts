import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { EndpointSlice, Endpoints, Pod, Service } from '@mkube/api';
import { planEndpoints } from '../endpoints/plan.ts';
import { planEndpointSlices } from './plan.ts';
import { selects, serviceKeysOf } from './services-of.ts';

const service = (spec: object = {}): Service =>
  ({
    metadata: {
      name: 'web',
      namespace: 'default',
      uid: 's',
      creationTimestamp: '2025-01-01T00:00:00Z',
      labels: { a: 'b' },
    },
    spec: {
      clusterIP: '10.96.0.9',
      selector: { app: 'web' },
      ports: [{ name: 'http', port: 80, targetPort: 'http' }],
      ...spec,
    },
  }) as unknown as Service;

interface Shape {
  ready?: boolean;
  going?: boolean;
  port?: number;
  ip?: string | undefined;
  phase?: string;
  hostname?: string;
}
const pod = (
  name: string,
  { ready = true, going = false, port = 8080, ip = `10.1.0.${name.length}`, phase = 'Running', hostname }: Shape = {},
): Pod =>
  ({
    metadata: {
      name,
      namespace: 'default',
      uid: name,
      labels: { app: 'web' },
      ...(going && { deletionTimestamp: 't' }),
    },
    spec: {
      nodeName: 'n1',
      containers: [{ name: 'c', ports: [{ name: 'http', containerPort: port }] }],
      ...(hostname && { hostname, subdomain: 'web' }),
    },
    status: {
      phase,
      ...(ip && { podIP: ip }),
      conditions: [{ type: 'Ready', status: ready ? 'True' : 'False', lastTransitionTime: '2025-01-02T00:00:00Z' }],
    },
  }) as unknown as Pod;

describe('endpoint slices', () => {
  const plan = (of: Service, pods: Pod[], slices: EndpointSlice[] = []) =>
    planEndpointSlices({
      service: of,
      pods,
      slices,
      nodeOf: () => ({ metadata: { labels: { 'topology.kubernetes.io/zone': 'z' } } }) as never,
    });
  const stored = (of: Service, pods: Pod[]): EndpointSlice[] =>
    plan(of, pods).create.map(
      (slice, i) => ({ ...slice, metadata: { ...slice.metadata, name: `web-${i}` } }) as EndpointSlice,
    );

  it('hold every pod that has an address and has not ended, with how it answers', () => {
    const pods = [
      pod('a'),
      pod('bb', { ready: false }),
      pod('ccc', { going: true }),
      pod('d', { ip: '' }),
      pod('e', { phase: 'Succeeded' }),
    ];
    const [slice] = plan(service(), pods).create;
    assert.deepEqual(
      slice?.endpoints?.map(({ addresses, conditions }) => [addresses?.[0], conditions]),
      [
        ['10.1.0.1', { ready: true, serving: true, terminating: false }],
        ['10.1.0.2', { ready: false, serving: false, terminating: false }],
        ['10.1.0.3', { ready: false, serving: true, terminating: true }],
      ],
    );
    assert.deepEqual(slice?.endpoints?.[0]?.zone, 'z');
    assert.deepEqual(slice?.ports, [{ name: 'http', protocol: 'TCP', port: 8080 }]);
    assert.deepEqual(slice?.metadata?.labels, {
      a: 'b',
      'kubernetes.io/service-name': 'web',
      'endpointslice.kubernetes.io/managed-by': 'endpointslice-controller.k8s.io',
    });
  });

  it('are one for each set of port numbers', () => {
    const slices = plan(service(), [pod('a'), pod('bb', { port: 9090 }), pod('ccc')]).create;
    assert.deepEqual(
      slices.map(({ ports, endpoints }) => [ports?.[0]?.port, endpoints?.length]),
      [
        [8080, 2],
        [9090, 1],
      ],
    );
  });

  it('take a hundred endpoints each, and move none that need not move', () => {
    const pods = Array.from({ length: 250 }, (_, i) => pod(`p${i}`, { ip: `10.1.${i >> 8}.${i & 255}` }));
    const slices = stored(service(), pods);
    assert.deepEqual(
      slices.map(({ endpoints }) => endpoints?.length),
      [100, 100, 50],
    );
    const fewer = plan(
      service(),
      pods.filter((_, i) => i !== 120),
      slices,
    );
    assert.deepEqual(
      [fewer.create.length, fewer.update.map(({ metadata }) => metadata.name), fewer.delete.length],
      [0, ['web-1'], 0],
    );
    const half = plan(service(), pods.slice(0, 100), slices);
    assert.deepEqual([half.update.length, half.delete.length], [0, 2]);
  });

  it('stay as they are when nothing has changed', () => {
    const pods = [pod('a'), pod('bb')];
    assert.deepEqual(plan(service(), pods, stored(service(), pods)), { create: [], update: [], delete: [] });
    assert.deepEqual(plan(service(), [], stored(service(), [])), { create: [], update: [], delete: [] });
  });

  it('of a headless service know the names of its pods', () => {
    const headless = service({ clusterIP: 'None', publishNotReadyAddresses: true });
    const [slice] = plan(headless, [pod('a', { ready: false, hostname: 'a' })]).create;
    assert.deepEqual([slice?.endpoints?.[0]?.hostname, slice?.endpoints?.[0]?.conditions?.ready], ['a', true]);
    assert.equal(slice?.metadata?.labels?.['service.kubernetes.io/headless'], '');
  });
});

describe('endpoints', () => {
  const subsets = (of: Service, pods: Pod[]) => {
    const plan = planEndpoints({ service: of, pods, current: undefined });
    return plan?.endpoints.subsets?.map(({ addresses, notReadyAddresses, ports }) => [
      addresses?.map(({ ip }) => ip),
      notReadyAddresses?.map(({ ip }) => ip),
      ports?.map(({ port }) => port),
    ]);
  };

  it('part what is ready from what is not, in the order of addresses', () => {
    const pods = [pod('bb'), pod('a'), pod('ccc', { ready: false }), pod('dddd', { going: true })];
    assert.deepEqual(subsets(service(), pods), [[['10.1.0.1', '10.1.0.2'], ['10.1.0.3'], [8080]]]);
  });

  it('are truncated at a thousand, ready ones first', () => {
    const pods = Array.from({ length: 1100 }, (_, i) =>
      pod(`p${i}`, { ip: `10.1.${i >> 8}.${i & 255}`, ready: i >= 200 }),
    );
    const plan = planEndpoints({ service: service(), pods, current: undefined });
    const [subset] = plan?.endpoints.subsets ?? [];
    assert.deepEqual([subset?.addresses?.length, subset?.notReadyAddresses?.length], [900, 100]);
    assert.equal(plan?.endpoints.metadata?.annotations?.['endpoints.kubernetes.io/over-capacity'], 'truncated');
  });

  it('stay as they are when nothing has changed', () => {
    const first = planEndpoints({ service: service(), pods: [pod('a')], current: undefined });
    const current = first?.endpoints as Endpoints;
    assert.equal(planEndpoints({ service: service(), pods: [pod('a')], current }), undefined);
    assert.equal(planEndpoints({ service: service(), pods: [], current })?.action, 'update');
  });
});

describe('the services of a pod', () => {
  const keys = serviceKeysOf({ list: () => [service()] } as never);

  it('are those whose selector picks it, before or after', () => {
    assert.ok(selects(service(), pod('a')) && !selects(service({ selector: {} }), pod('a')));
    const moved = { ...pod('a'), metadata: { ...pod('a').metadata, labels: {} } } as Pod;
    assert.deepEqual([keys(pod('a')), keys(moved, pod('a')), keys(moved)], [['default/web'], ['default/web'], []]);
  });

  it('hear nothing of a change that no endpoint shows', () => {
    assert.deepEqual(keys({ ...pod('a'), metadata: { ...pod('a').metadata, resourceVersion: '2' } }, pod('a')), []);
  });
});
