/** Addresses and node ports of services: given once, kept, given back. */
import { strict as assert } from 'node:assert';
import { after, before, describe, test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { type TestServer, startTestServer } from './testing/test-server.ts';
import { openTestStore } from './testing/test-store.ts';

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

  test('a given address may be of a range that was added, while that is ready', async () => {
    const ranges = '/apis/networking.k8s.io/v1/servicecidrs';
    const ask = (name: string) =>
      server.ask('POST', SERVICES, { metadata: { name }, spec: { clusterIP: '203.0.113.10', ports: [{ port: 80 }] } });
    await server.ask('POST', ranges, { metadata: { name: 'more' }, spec: { cidrs: ['203.0.113.0/24'] } });
    assert.equal((await ask('early')).status, 422);
    const status = (is: string) => ({
      status: {
        conditions: [
          { type: 'Ready', status: is, reason: '', message: '', lastTransitionTime: '2025-01-01T00:00:00Z' },
        ],
      },
    });
    const merge = { headers: { 'content-type': 'application/merge-patch+json' } };
    await server.ask('PATCH', `${ranges}/more/status`, status('True'), merge);
    const made = await ask('added');
    assert.equal(made.status, 201, made.text);
    await server.ask('DELETE', `${SERVICES}/added`);
    await server.ask('PATCH', `${ranges}/more/status`, status('False'), merge);
    assert.equal((await ask('late')).status, 422);
    await server.ask('DELETE', `${ranges}/more`);
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

  test('node ports and health checks given at once are all different, and free again with their services', async () => {
    const spec = { type: 'LoadBalancer', externalTrafficPolicy: 'Local' };
    const answers = await Promise.all(Array.from({ length: 40 }, (_, i) => make(`lb-${i}`, spec)));
    const ports = answers.flatMap(({ body }) => [body.spec.ports[0].nodePort, body.spec.healthCheckNodePort]);
    assert.equal(new Set(ports).size, 80);
    const healthCheckNodePort = answers[0]?.body.spec.healthCheckNodePort as number;
    const taken = await make('probe', { ...spec, healthCheckNodePort });
    assert.match(
      taken.body.message,
      /spec.healthCheckNodePort: Invalid value: \d+: provided port is already allocated/,
    );
    await server.ask('DELETE', `${SERVICES}/lb-0`);
    assert.equal((await make('probe', { ...spec, healthCheckNodePort })).status, 201);
  });

  test('one address asked for by many at once goes to one of them', async () => {
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, i) => make(`want-${i}`, { clusterIP: '10.96.9.9' })),
    );
    assert.deepEqual(
      answers.map(({ status }) => status).toSorted((a, b) => a - b),
      [201, ...Array<number>(19).fill(422)],
    );
  });

  test('a second family is refused in Kubernetes’ words, but for headless services without selector', async () => {
    const faultOf = async (name: string, spec: object) =>
      ((await make(name, spec)).body.message as string).split(' is invalid: ')[1];
    assert.equal(
      await faultOf('dual', { ipFamilyPolicy: 'RequireDualStack' }),
      'spec.ipFamilyPolicy: Invalid value: "RequireDualStack": this cluster is not configured for dual-stack services',
    );
    assert.equal(
      await faultOf('six', { ipFamilies: ['IPv6'] }),
      'spec.ipFamilies[0]: Invalid value: "IPv6": not configured on this cluster',
    );
    const preferred = await make('preferred', { ipFamilyPolicy: 'PreferDualStack' });
    assert.deepEqual(
      [preferred.body.spec.ipFamilyPolicy, preferred.body.spec.ipFamilies],
      ['PreferDualStack', ['IPv4']],
    );
    const open = await make('open', { clusterIP: 'None' });
    assert.deepEqual(
      [open.body.spec.ipFamilyPolicy, open.body.spec.ipFamilies],
      ['RequireDualStack', ['IPv4', 'IPv6']],
    );
  });
});

test('after a crash, claims of nobody are freed and services get theirs back', async () => {
  const store = await openTestStore();
  const first = await startTestServer({ store });
  const make = (server: TestServer, name: string, nodePort?: number) =>
    server.ask('POST', SERVICES, {
      metadata: { name },
      spec: { type: 'NodePort', ports: [{ port: 80, ...(nodePort && { nodePort }) }] },
    });
  const { spec } = (await make(first, 'mended')).body as {
    spec: { clusterIP: string; ports: [{ nodePort: number }] };
  };
  const [{ nodePort }] = spec.ports;
  await first.close();
  const ports = '/registry/ranges/servicenodeports/';
  await store.delete(`${ports}${nodePort}`);
  await store.delete(`/registry/ipaddresses/${spec.clusterIP}`);
  const stray = { namespace: 'default', name: 'gone', at: '2020-01-01T00:00:00Z' };
  const lost = nodePort === 32_000 ? 32_001 : 32_000;
  await store.put(`${ports}${lost}`, Buffer.from(JSON.stringify(stray)));
  const second = await startTestServer({ store });
  try {
    const isMended = async () =>
      (await second.ask('GET', `${ADDRESSES}/${spec.clusterIP}`)).status === 200 &&
      (await store.get(`${ports}${nodePort}`)) !== undefined &&
      (await store.get(`${ports}${lost}`)) === undefined;
    for (const until = Date.now() + 20_000; !(await isMended()); await setImmediate())
      assert.ok(Date.now() < until, 'the claims were not mended');
    assert.equal((await make(second, 'thief', nodePort)).status, 422);
    assert.equal((await make(second, 'heir', lost)).status, 201);
  } finally {
    await second.close();
    await store.close();
  }
});
