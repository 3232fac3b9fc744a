import assert from 'node:assert/strict';
import type { EndpointSlice, Service } from '@mkube/api';
import { createServer, type AddressInfo } from 'node:net';
import { test } from 'node:test';
import { pino } from 'pino';
import { openHealthCheckPorts } from './health-check-ports.ts';
import { planHealthChecks } from './plan.ts';

const service = (spec: object): Service =>
  ({ metadata: { namespace: 'default', name: 'web' }, spec: { externalTrafficPolicy: 'Local', ...spec } }) as never;
const endpoint = (ip: string, nodeName: string, ready?: boolean) => ({
  addresses: [ip],
  nodeName,
  conditions: { ...(ready !== undefined && { ready }) },
});

test('a Service is answered for by its ready endpoints on the node, each counted once', () => {
  const endpoints = [
    endpoint('10.1.0.2', 'n1'),
    endpoint('10.1.0.3', 'n1', true),
    endpoint('10.1.0.4', 'n1', false),
    endpoint('10.1.1.2', 'n2', true),
  ];
  const slices = [{ endpoints }, { endpoints: endpoints.slice(0, 1) }] as unknown as EndpointSlice[];
  const plan = (spec: object) =>
    planHealthChecks({ services: [service(spec)], slicesOf: () => slices, nodeName: 'n1' });
  assert.deepEqual(plan({ healthCheckNodePort: 30_001 }), [
    { port: 30_001, namespace: 'default', name: 'web', localEndpoints: 2 },
  ]);
  assert.deepEqual(plan({}), []);
  assert.deepEqual(plan({ healthCheckNodePort: 30_001, externalTrafficPolicy: 'Cluster' }), []);
});

/** One that nobody has right now. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

test('a port says 200 with an endpoint, 503 without one, and nothing once its Service is gone', async () => {
  const ports = openHealthCheckPorts({ log: pino({ level: 'silent' }), host: '127.0.0.1' });
  const port = await freePort();
  const check = (localEndpoints: number) => ({ port, namespace: 'default', name: 'web', localEndpoints });
  const ask = () => fetch(`http://127.0.0.1:${port}/healthz`, { headers: { connection: 'close' } });
  try {
    await ports.sync([check(2)]);
    const well = await ask();
    assert.equal(well.status, 200);
    assert.equal(well.headers.get('x-load-balancing-endpoint-weight'), '2');
    assert.deepEqual(await well.json(), {
      service: { namespace: 'default', name: 'web' },
      localEndpoints: 2,
      serviceProxyHealthy: true,
    });
    await ports.sync([check(0)]);
    assert.equal((await ask()).status, 503);
    await ports.sync([]);
    await assert.rejects(ask());
  } finally {
    await ports.close();
  }
});

test('a port that somebody else has is tried again', async () => {
  const ports = openHealthCheckPorts({ log: pino({ level: 'silent' }), host: '127.0.0.1' });
  const other = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => other.once('listening', resolve));
  const { port } = other.address() as AddressInfo;
  const checks = [{ port, namespace: 'default', name: 'web', localEndpoints: 1 }];
  try {
    await ports.sync(checks);
    await new Promise((resolve) => other.close(resolve));
    await ports.sync(checks);
    assert.equal((await fetch(`http://127.0.0.1:${port}/`)).status, 200);
  } finally {
    await ports.close();
  }
});
