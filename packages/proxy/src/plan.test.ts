import assert from 'node:assert/strict';
import { test } from 'node:test';
import { planServices } from './plan.ts';
import { serviceOf, sliceOf } from './testing.ts';

const port = { name: 'http', port: 80, protocol: 'TCP', targetPort: 8080 };
const slicePort = { name: 'http', port: 8080, protocol: 'TCP' };
const plan = (spec: object, endpoints: Parameters<typeof sliceOf>[2], more: object = {}) =>
  planServices({
    services: [serviceOf('web', { clusterIP: '10.96.0.9', clusterIPs: ['10.96.0.9'], ports: [port], ...spec }, more)],
    slicesOf: () => [sliceOf('web', [slicePort], endpoints)],
    nodeName: 'node-1',
    ownAddresses: [],
  });

test('takes ready endpoints alone while there are some', () => {
  const [rule] = plan({}, [{ ip: '10.1.0.2' }, { ip: '10.1.0.3', ready: false }]);
  assert.deepEqual(rule?.backends, [{ ip: '10.1.0.2', port: 8080 }]);
});

test('falls back to endpoints that terminate and still serve', () => {
  const [rule] = plan({}, [
    { ip: '10.1.0.2', ready: false, serving: true, terminating: true },
    { ip: '10.1.0.3', ready: false },
  ]);
  assert.deepEqual(rule?.backends, [{ ip: '10.1.0.2', port: 8080 }]);
});

test('keeps external traffic on the node under policy Local, and internal traffic under its own', () => {
  const endpoints = [
    { ip: '10.1.0.2', nodeName: 'node-1' },
    { ip: '10.2.0.2', nodeName: 'node-2' },
  ];
  const [external] = plan(
    { type: 'NodePort', externalTrafficPolicy: 'Local', ports: [{ ...port, nodePort: 30_080 }] },
    endpoints,
  );
  assert.deepEqual(external?.externalBackends, [{ ip: '10.1.0.2', port: 8080 }]);
  assert.equal(external?.backends.length, 2);
  assert.equal(external?.keepsClientAddress, true);
  const [internal] = plan({ internalTrafficPolicy: 'Local' }, endpoints);
  assert.deepEqual(internal?.backends, [{ ip: '10.1.0.2', port: 8080 }]);
});

test('leaves out headless services, external names and those of other proxies', () => {
  assert.deepEqual(plan({ clusterIP: 'None', clusterIPs: ['None'] }, []), []);
  assert.deepEqual(plan({ type: 'ExternalName', clusterIP: '' }, []), []);
  for (const label of ['service.kubernetes.io/service-proxy-name', 'service.kubernetes.io/headless'])
    assert.deepEqual(plan({}, [], { metadata: { name: 'web', namespace: 'default', labels: { [label]: '' } } }), []);
});

test('reads session affinity with its time', () => {
  assert.equal(plan({ sessionAffinity: 'ClientIP' }, [])[0]?.affinitySeconds, 10_800);
  assert.equal(
    plan({ sessionAffinity: 'ClientIP', sessionAffinityConfig: { clientIP: { timeoutSeconds: 60 } } }, [])[0]
      ?.affinitySeconds,
    60,
  );
});
