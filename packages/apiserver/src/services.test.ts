/** Addresses and node ports of services: given once, kept, given back. */
import { strict as assert } from 'node:assert';
import { after, before, describe, test } from 'node:test';
import { type TestServer, startTestServer } from './testing/test-server.ts';

const SERVICES = '/api/v1/namespaces/default/services';
const ADDRESSES = '/apis/networking.k8s.io/v1/ipaddresses';

describe('services', () => {
  let server: TestServer;
  before(async () => void (server = await startTestServer()));
  after(() => server.close());
  const make = (name: string, spec: object) =>
    server.ask('POST', SERVICES, { metadata: { name }, spec: { ports: [{ port: 80 }], ...spec } });

  test('each has an address of the range, mirrored by an IPAddress until it is gone', async () => {
    const { body } = await make('a', {});
    const ip = body.spec.clusterIP as string;
    assert.match(ip, /^10\.96\./);
    assert.deepEqual(body.spec.clusterIPs, [ip]);
    assert.deepEqual(body.spec.ipFamilies, ['IPv4']);
    assert.deepEqual((await server.ask('GET', `${ADDRESSES}/${ip}`)).body.spec.parentRef, {
      resource: 'services',
      namespace: 'default',
      name: 'a',
    });
    const kept = await server.ask('PUT', `${SERVICES}/a`, { metadata: { name: 'a' }, spec: { ports: [{ port: 81 }] } });
    assert.equal(kept.body.spec.clusterIP, ip);
    await server.ask('DELETE', `${SERVICES}/a`);
    assert.equal((await server.ask('GET', `${ADDRESSES}/${ip}`)).status, 404);
  });

  test('a given address is taken once, and must be of the range', async () => {
    assert.equal((await make('given', { clusterIP: '10.96.0.1' })).body.spec.clusterIP, '10.96.0.1');
    const taken = await make('second', { clusterIP: '10.96.0.1' });
    assert.equal(taken.status, 422);
    assert.match(
      taken.body.message,
      /spec.clusterIPs: Invalid value: \["10.96.0.1"\]: failed to allocate IP 10.96.0.1: provided IP is already allocated/,
    );
    assert.equal((await make('outside', { clusterIP: '192.168.0.1' })).status, 422);
    assert.equal((await make('headless', { clusterIP: 'None' })).body.spec.clusterIP, 'None');
    assert.equal(
      (await make('named', { type: 'ExternalName', externalName: 'example.com' })).body.spec.clusterIP,
      undefined,
    );
  });

  test('node ports come and go with the type', async () => {
    const { body } = await make('np', { type: 'NodePort' });
    const [{ nodePort }] = body.spec.ports as [{ nodePort: number }];
    assert.ok(nodePort >= 30_000 && nodePort <= 32_767);
    const taken = await make('np2', { type: 'NodePort', ports: [{ port: 80, nodePort }] });
    assert.equal(taken.status, 422);
    assert.match(
      taken.body.message,
      /spec.ports\[0\].nodePort: Invalid value: \d+: provided port is already allocated/,
    );
    const { spec } = (await server.ask('GET', `${SERVICES}/np`)).body;
    await server.ask('PUT', `${SERVICES}/np`, { metadata: { name: 'np' }, spec: { ...spec, type: 'ClusterIP' } });
    assert.equal(
      (await make('np2', { type: 'NodePort', ports: [{ port: 80, nodePort }] })).status,
      201,
      'a port that was given back can be taken',
    );
  });

  test('a refused or dry create takes nothing for good', async () => {
    const dry = await server.ask('POST', `${SERVICES}?dryRun=All`, {
      metadata: { name: 'dry' },
      spec: { clusterIP: '10.96.7.7', ports: [{ port: 80 }] },
    });
    assert.equal(dry.status, 201);
    await make('exists', {});
    const twice = await make('exists', { clusterIP: '10.96.7.7' });
    assert.equal(twice.status, 409);
    assert.equal((await make('real', { clusterIP: '10.96.7.7' })).status, 201);
  });

  test('a hundred at once all get addresses of their own', async () => {
    const answers = await Promise.all(Array.from({ length: 100 }, (_, i) => make(`many-${i}`, {})));
    assert.equal(new Set(answers.map(({ body }) => body.spec.clusterIP)).size, 100);
  });
});
