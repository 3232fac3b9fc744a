import assert from 'node:assert/strict';
import https from 'node:https';
import { once } from 'node:events';
import { after, before, describe, it } from 'node:test';
import { WebSocket } from 'ws';
import { eventuallyPod, openNode, shell, statusOf, type TestNode } from '../testing/node.test.ts';
import { createPki, type KeyPair, type TestPki } from '../testing/pki.test.ts';

interface FileSystem {
  capacityBytes: number;
  usedBytes: number;
}

interface Summary {
  node: { fs: FileSystem; runtime: { imageFs: FileSystem } };
  pods: { podRef: { name: string }; 'ephemeral-storage': FileSystem; containers: { logs: FileSystem }[] }[];
}

describe("the kubelet's server", () => {
  let pki: TestPki;
  let node: TestNode;
  let admin: KeyPair;
  before(async () => {
    pki = await createPki();
    admin = await pki.client('kube-apiserver-kubelet-client', 'system:masters');
    node = await openNode({ kubelet: { port: 0, host: '127.0.0.1', tls: { ...pki.server, clientCa: pki.ca } } });
    await node.runPod('talker', { containers: [shell('echo one; echo two >&2; echo three; sleep infinity')] });
    await node.runPod('crasher', { containers: [shell('echo dying; exit 3')] });
    await eventuallyPod(node, 'talker', 'is Running', ({ status }) => status.phase === 'Running');
    await eventuallyPod(
      node,
      'crasher',
      'backs off',
      (pod) => statusOf(pod)?.state.waiting?.reason === 'CrashLoopBackOff',
    );
  });
  after(() => node.close());

  const get = (path: string, identity: Partial<KeyPair> = admin): Promise<{ status: number; text: string }> =>
    new Promise((resolve, reject) => {
      const { port } = node.kubelet();
      const request = https.request(
        { host: '127.0.0.1', port, path, ca: pki.ca, agent: false, ...identity },
        (response) => {
          let text = '';
          response.on('data', (chunk: Buffer) => (text += chunk.toString()));
          response.on('end', () => resolve({ status: response.statusCode ?? 0, text }));
          response.on('error', reject);
        },
      );
      request.on('error', reject).end();
    });

  const exec = async (path: string, protocols: string[], talk: (socket: WebSocket) => void = () => undefined) => {
    const { port } = node.kubelet();
    const socket = new WebSocket(`wss://127.0.0.1:${port}${path}`, protocols, { ca: pki.ca, ...admin });
    const channels = new Map<number, string>();
    socket.on('message', (data: Buffer) => {
      const channel = data[0] ?? 0;
      channels.set(channel, (channels.get(channel) ?? '') + data.toString('utf8', 1));
    });
    await once(socket, 'open');
    talk(socket);
    const [code] = (await once(socket, 'close')) as [number];
    return { channels, code, protocol: socket.protocol };
  };

  it('turns away who shows no certificate, and asks the API about the rest', async () => {
    assert.equal((await get('/pods', {})).status, 401);
    assert.equal((await get('/pods', await pki.client('mallory', 'people'))).status, 403);
    assert.equal((await get('/healthz')).text, 'ok');
  });

  it('reads logs as asked', async () => {
    const logs = '/containerLogs/default/talker/main';
    assert.equal((await get(logs)).text, 'one\ntwo\nthree\n');
    assert.equal((await get(`${logs}?tailLines=2`)).text, 'two\nthree\n');
    assert.equal((await get(`${logs}?tailLines=0`)).text, '');
    assert.equal((await get(`${logs}?limitBytes=5`)).text, 'one\nt');
    assert.equal((await get(`${logs}?stream=Stderr`)).text, 'two\n');
    assert.equal((await get(`${logs}?sinceSeconds=3600`)).text, 'one\ntwo\nthree\n');
    assert.match((await get(`${logs}?timestamps=true&tailLines=1`)).text, /^\d{4}-\d\d-\d\dT[\d:.]+Z three\n$/);
    assert.equal((await get(`${logs}?tailLines=-1`)).status, 400);
  });

  it('says why there is no log', async () => {
    assert.deepEqual(await get('/containerLogs/default/nobody/main'), { status: 404, text: 'pod "nobody" not found' });
    const other = await get('/containerLogs/default/talker/other');
    assert.deepEqual(other, { status: 400, text: 'container "other" in pod "talker" is not available' });
    const previous = await get('/containerLogs/default/talker/main?previous=true');
    assert.equal(previous.text, 'previous terminated container "main" in pod "talker" not found');
    assert.equal((await get('/containerLogs/default/crasher/main?previous=true')).text, 'dying\n');
  });

  it('follows a log until its container ends', async () => {
    await node.runPod('brief', {
      restartPolicy: 'Never',
      containers: [shell('echo a; sleep 0.3; echo b; sleep 0.2; echo c')],
    });
    await eventuallyPod(node, 'brief', 'is Running', ({ status }) => status.phase !== 'Pending');
    assert.equal((await get('/containerLogs/default/brief/main?follow=true')).text, 'a\nb\nc\n');
  });

  it('runs a command and tells its exit code', async () => {
    const path = '/exec/default/talker/main?command=sh&command=-c&command=echo+hi;exit+7&output=1&error=1';
    const { channels, code, protocol } = await exec(path, ['v5.channel.k8s.io']);
    assert.deepEqual([code, protocol, channels.get(1)], [1000, 'v5.channel.k8s.io', 'hi\n']);
    const status = JSON.parse(channels.get(3) ?? '{}') as object;
    assert.deepEqual(status, {
      metadata: {},
      status: 'Failure',
      message: 'command terminated with non-zero exit code: exit status 7',
      reason: 'NonZeroExitCode',
      details: { causes: [{ reason: 'ExitCode', message: '7' }] },
    });
  });

  it('passes stdin on to its end', async () => {
    const { channels } = await exec(
      '/exec/default/talker/main?command=cat&input=1&output=1',
      ['v5.channel.k8s.io'],
      (socket) => {
        socket.send(Buffer.from('\0some text'));
        socket.send(Buffer.from([255, 0]));
      },
    );
    assert.equal(channels.get(1), 'some text');
    assert.equal(channels.get(3), '{"metadata":{},"status":"Success"}');
  });

  it('refuses a stream before it begins', async () => {
    const { port } = node.kubelet();
    const socket = new WebSocket(
      `wss://127.0.0.1:${port}/exec/default/talker/other?command=true&output=1`,
      ['v5.channel.k8s.io'],
      {
        ca: pki.ca,
        ...admin,
      },
    );
    const [error] = (await once(socket, 'error')) as [Error];
    assert.match(error.message, /404/);
  });

  it('tells what is used', async () => {
    const { node: ofNode, pods } = JSON.parse((await get('/stats/summary')).text) as Summary;
    assert.ok(ofNode.fs.capacityBytes > 0 && ofNode.fs.usedBytes > 0 && ofNode.runtime.imageFs.capacityBytes > 0);
    const talker = pods.find(({ podRef }) => podRef.name === 'talker');
    assert.ok((talker?.['ephemeral-storage'].usedBytes ?? 0) > 0);
    assert.ok((talker?.containers[0]?.logs.usedBytes ?? 0) > 0);
    assert.match(
      (await get('/metrics/resource')).text,
      /container_memory_working_set_bytes\{container="main",namespace="default",pod="talker"\} \d+/,
    );
  });
});
