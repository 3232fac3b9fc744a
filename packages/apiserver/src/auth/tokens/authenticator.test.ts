/** What is remembered of a token never outlives what the token stands for. */
import { strict as assert } from 'node:assert';
import { test } from 'node:test';
import { type TestServer, startTestServer } from '../../testing/test-server.ts';

const ACCOUNTS = '/api/v1/namespaces/default/serviceaccounts';
const PODS = '/api/v1/namespaces/default/pods';
const POD = {
  metadata: { name: 'holder' },
  spec: { serviceAccountName: 'robot', containers: [{ name: 'c', image: 'i' }] },
};

async function started(clock = () => new Date()): Promise<TestServer> {
  const server = await startTestServer({ clock });
  await server.ask('POST', ACCOUNTS, { metadata: { name: 'robot' } });
  return server;
}

async function tokenOf({ ask }: TestServer, spec: object = {}): Promise<string> {
  const { status, body } = await ask('POST', `${ACCOUNTS}/robot/token`, { spec });
  assert.equal(status, 201);
  return body.status.token;
}

async function isGood({ ask }: TestServer, token: string): Promise<boolean> {
  const { body } = await ask('POST', '/apis/authentication.k8s.io/v1/tokenreviews', { spec: { token } });
  return body.status.authenticated === true;
}

test('a token ends with its account, and another account of the same name does not bring it back', async () => {
  const server = await started();
  const token = await tokenOf(server);
  assert.deepEqual([await isGood(server, token), await isGood(server, token)], [true, true]);
  await server.ask('PATCH', `${ACCOUNTS}/robot`, JSON.stringify({ metadata: { labels: { a: 'b' } } }), {
    headers: { 'content-type': 'application/merge-patch+json' },
  });
  assert.equal(await isGood(server, token), true);
  await server.ask('DELETE', `${ACCOUNTS}/robot`);
  assert.equal(await isGood(server, token), false);
  await server.ask('POST', ACCOUNTS, { metadata: { name: 'robot' } });
  assert.equal(await isGood(server, token), false);
  assert.equal(await isGood(server, await tokenOf(server)), true);
  await server.close();
});

test('a token of a pod ends with the pod, though its account stays', async () => {
  const server = await started();
  const { body: pod } = await server.ask('POST', PODS, POD);
  const boundObjectRef = { kind: 'Pod', apiVersion: 'v1', name: 'holder', uid: pod.metadata.uid };
  const token = await tokenOf(server, { boundObjectRef });
  assert.deepEqual([await isGood(server, token), await isGood(server, token)], [true, true]);
  await server.ask('DELETE', `${PODS}/holder?gracePeriodSeconds=0`);
  assert.equal(await isGood(server, token), false);
  await server.close();
});

test('a token that was good is not when its time is over', async () => {
  let now = Date.now();
  const server = await started(() => new Date(now));
  const token = await tokenOf(server, { expirationSeconds: 600 });
  assert.equal(await isGood(server, token), true);
  now += 599_000;
  assert.equal(await isGood(server, token), true);
  now += 2000;
  assert.equal(await isGood(server, token), false);
  await server.close();
});
