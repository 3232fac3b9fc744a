import assert from 'node:assert/strict';
import https from 'node:https';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { type KeyPair, type TestAuthority, createTestAuthority } from '@mkube/apiserver/testing';
import { after, before, describe, it } from 'node:test';
import { WebSocket } from 'ws';
import { isDeepStrictEqual } from 'node:util';
import { parseSamples } from '@mkube/apimachinery';
import { FIELDS } from '../configuration/fields.ts';
import { conditionOf, eventuallyPod, openNode, shell, statusOf, type TestNode } from '../testing/node.test.ts';

describe("the kubelet's server", () => {
  let authority: TestAuthority;
  let node: TestNode;
  let admin: KeyPair;
  let logs = '';
  before(async () => {
    authority = await createTestAuthority();
    admin = await authority.issue({ commonName: 'kube-apiserver-kubelet-client', groups: ['system:masters'] });
    const serving = await authority.issue({ commonName: 'node' });
    const tls = { ...serving, clientCa: authority.cert };
    logs = await fs.mkdtemp(path.join(os.tmpdir(), 'mkube-logs-'));
    node = await openNode({ kubelet: { port: 0, host: '127.0.0.1', tls, systemLogs: logs } });
    await node.runPod('talker', {
      containers: [
        shell('echo one; echo two >&2; echo three; sleep infinity', {
          readinessProbe: { exec: { command: ['true'] }, periodSeconds: 1 },
        }),
      ],
    });
    await node.runPod('crasher', { containers: [shell('echo dying; exit 3')] });
    await eventuallyPod(node, 'talker', 'is ready', (pod) => conditionOf(pod, 'Ready') === 'True');
    await eventuallyPod(
      node,
      'crasher',
      'backs off',
      (pod) => statusOf(pod)?.state.waiting?.reason === 'CrashLoopBackOff',
    );
  });
  after(async () => {
    await node.close();
    await fs.rm(logs, { recursive: true });
  });

  const get = (
    path: string,
    identity: Partial<KeyPair> = admin,
    headers: Record<string, string> = {},
    method = 'GET',
  ): Promise<{ status: number; text: string }> =>
    new Promise((resolve, reject) => {
      const { port } = node.kubelet();
      const request = https.request(
        { host: '127.0.0.1', port, path, method, headers, ca: authority.cert, agent: false, ...identity },
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
    const socket = new WebSocket(`wss://127.0.0.1:${port}${path}`, protocols, { ca: authority.cert, ...admin });
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
    assert.equal(
      (await get('/pods', await authority.issue({ commonName: 'mallory', groups: ['people'] }))).status,
      403,
    );
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

  it('shows the logs of the machine, and no other file of it', async () => {
    await fs.mkdir(path.join(logs, 'deep'));
    await fs.writeFile(path.join(logs, 'deep', 'a&b.log'), 'what happened');
    await fs.symlink('/etc', path.join(logs, 'out'));
    assert.match((await get('/logs/')).text, /<pre>\n<a href="\.\/deep\/">deep\/<\/a>\n/);
    assert.match((await get('/logs/deep/')).text, /<a href="\.\/a%26b\.log">a&amp;b\.log<\/a>/);
    assert.deepEqual(await get('/logs/deep/a%26b.log'), { status: 200, text: 'what happened' });
    assert.equal((await get('/logs/deep')).status, 301);
    for (const outside of ['out/hostname', 'out/', 'none', '%2e%2e/pods', 'deep/%2e%2e%2f%2e%2e/pods'])
      assert.ok([400, 404].includes((await get(`/logs/${outside}`)).status), outside);
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
        ca: authority.cert,
        ...admin,
      },
    );
    const [error] = (await once(socket, 'error')) as [Error];
    assert.match(error.message, /404/);
  });

  it('turns away tokens that nobody gave out, and lets in those whose account may', async () => {
    const bearer = (token: string) => get('/stats/summary', {}, { authorization: `Bearer ${token}` });
    assert.equal((await bearer('nonsense')).status, 401);
    const account = { namespace: 'default', name: 'scraper' };
    await node.client.serviceAccounts.create({ metadata: account });
    const { status } = await node.client.raw<{ status: { token: string } }>(
      '/api/v1/namespaces/default/serviceaccounts/scraper/token',
      { method: 'POST', body: { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: {} } },
    );
    const refused = await bearer(status.token);
    assert.deepEqual(refused, {
      status: 403,
      text: 'Forbidden (user=system:serviceaccount:default:scraper, verb=get, resource=nodes, subresource(s)=[stats])',
    });
  });

  it('asks for the fine right first, and for the one that opens everything after it', async () => {
    await grant(node, 'prober', ['nodes/healthz', 'nodes/metrics']);
    const prober = await authority.issue({ commonName: 'prober', groups: ['probers'] });
    const statusOfPath = async (path: string): Promise<number> => (await get(path, prober)).status;
    assert.deepEqual(
      await Promise.all(['/healthz', '/metrics', '/metrics/cadvisor', '/pods', '/stats/summary'].map(statusOfPath)),
      [200, 200, 200, 403, 403],
    );
    const pods = await get('/pods', prober);
    assert.match(pods.text, /resource=nodes, subresource\(s\)=\[pods proxy\]\)$/);
    await grant(node, 'all', ['nodes/proxy']);
    const all = await authority.issue({ commonName: 'all', groups: ['people'] });
    for (const path of ['/pods', '/configz', '/runningpods/', '/healthz/ping'])
      assert.equal((await get(path, all)).status, 200, path);
  });

  it('tells what is used, in the shape of a Summary', async () => {
    const io = existsSync('/proc/pressure/io') ? ['io'] : []; // kernels can be built without
    await get('/stats/summary');
    const { node: machine, pods } = JSON.parse((await get('/stats/summary')).text) as Summary;
    assert.deepEqual(Object.keys(machine).toSorted(), [
      'cpu',
      'fs',
      ...io,
      'memory',
      'network',
      'nodeName',
      'rlimit',
      'runtime',
      'startTime',
      'swap',
      'systemContainers',
    ]);
    assert.deepEqual(
      machine.systemContainers.map(({ name }) => name),
      ['kubelet', 'pods'],
    );
    const talker = pods.find(({ podRef }) => podRef.name === 'talker');
    assert.deepEqual(Object.keys(talker?.containers[0] ?? {}).toSorted(), [
      'cpu',
      'logs',
      'memory',
      'name',
      'rootfs',
      'startTime',
    ]);
    assert.equal(typeof talker?.['ephemeral-storage']?.['usedBytes'], 'number');
    const few = JSON.parse((await get('/stats/summary?only_cpu_and_memory=true')).text) as Summary;
    assert.deepEqual(Object.keys(few.node).toSorted(), [
      'cpu',
      ...io,
      'memory',
      'nodeName',
      'startTime',
      'swap',
      'systemContainers',
    ]);
  });

  it('its metrics are what Prometheus reads: every family once, described, with samples of its name alone', async () => {
    const wanted: Record<string, string[]> = {
      '/metrics': [
        'kubelet_node_name',
        'kubelet_running_pods',
        'kubelet_running_containers',
        'kubelet_runtime_operations_total',
        'kubelet_runtime_operations_duration_seconds',
        'kubelet_pod_start_duration_seconds',
        'kubelet_started_containers_total',
        'kubelet_http_requests_total',
        'process_resident_memory_bytes',
      ],
      '/metrics/resource': [
        'container_cpu_usage_seconds_total',
        'container_memory_working_set_bytes',
        'container_start_time_seconds',
        'node_cpu_usage_seconds_total',
        'node_memory_working_set_bytes',
        'pod_cpu_usage_seconds_total',
        'pod_memory_working_set_bytes',
        'resource_scrape_error',
      ],
      '/metrics/cadvisor': [
        'container_cpu_usage_seconds_total',
        'container_memory_usage_bytes',
        'container_memory_working_set_bytes',
        'container_spec_memory_limit_bytes',
        'machine_cpu_cores',
        'machine_memory_bytes',
      ],
      '/metrics/probes': ['prober_probe_total'],
    };
    for (const [path, names] of Object.entries(wanted)) {
      const families = checkExposition((await get(path)).text, path);
      for (const name of names) assert.ok(families.has(name), `${path} has no ${name}`);
    }
    const labels = { container: 'main', namespace: 'default', pod: 'talker' };
    const samples = [...parseSamples((await get('/metrics/resource')).text)];
    assert.ok(
      samples.some((s) => s.name === 'container_cpu_usage_seconds_total' && isDeepStrictEqual(s.labels, labels)),
    );
  });

  it('runs a command for who has no stream, and refuses what it cannot do', async () => {
    const post = (path: string) => get(path, admin, {}, 'POST');
    assert.deepEqual(await post('/run/default/talker/main?cmd=echo hi'.replaceAll(' ', '%20')), {
      status: 200,
      text: 'hi\n',
    });
    assert.equal((await get('/run/default/talker/main?cmd=echo')).status, 404);
    assert.equal((await post('/run/default/talker/other?cmd=true')).status, 404);
    assert.deepEqual(await post('/checkpoint/default/talker/main'), {
      status: 500,
      text:
        'checkpointing of default/talker/main failed ' +
        '(rpc error: code = Unimplemented desc = the runtime cannot checkpoint containers)',
    });
    assert.deepEqual(await post('/checkpoint/default/nobody/main'), { status: 404, text: 'pod "nobody" not found' });
    assert.equal((await get('/exec/default/talker/main?command=true')).status, 400);
  });

  it('tells its pods, what runs of them, and its configuration', async () => {
    const { items } = JSON.parse((await get('/pods')).text) as { items: { metadata: { name: string } }[] };
    assert.ok(items.some(({ metadata }) => metadata.name === 'crasher'));
    const running = JSON.parse((await get('/runningpods/')).text) as RunningPods;
    assert.deepEqual(
      running.items.filter(({ metadata }) => metadata.name === 'talker').map(({ spec }) => spec.containers[0]?.name),
      ['main'],
    );
    const { kubeletconfig } = JSON.parse((await get('/configz')).text) as { kubeletconfig: Record<string, unknown> };
    assert.deepEqual(
      [kubeletconfig['kind'], kubeletconfig['maxPods'], kubeletconfig['syncFrequency']],
      ['KubeletConfiguration', 110, '1m0s'],
    );
    const known = Object.entries(kubeletconfig).filter(([name]) => FIELDS[name]);
    assert.ok(known.length > 20);
    for (const [name, value] of known) assert.doesNotThrow(() => FIELDS[name]?.(value), name);
    for (const check of ['/healthz', '/healthz/ping', '/healthz/syncloop']) assert.equal((await get(check)).text, 'ok');
  });
});

interface RunningPods {
  items: { metadata: { name: string }; spec: { containers: { name: string }[] } }[];
}

interface Summary {
  node: { systemContainers: { name: string }[] } & Record<string, unknown>;
  pods: ({ podRef: { name: string }; containers: object[] } & Record<string, Record<string, unknown>>)[];
}

async function grant({ client }: TestNode, user: string, resources: string[]): Promise<void> {
  const apiGroup = 'rbac.authorization.k8s.io';
  const rules = [{ apiGroups: [''], resources, verbs: ['get'] }];
  const metadata = { name: `test-${user}` };
  await client.raw(`/apis/${apiGroup}/v1/clusterroles`, {
    method: 'POST',
    body: { apiVersion: `${apiGroup}/v1`, kind: 'ClusterRole', metadata, rules },
  });
  await client.raw(`/apis/${apiGroup}/v1/clusterrolebindings`, {
    method: 'POST',
    body: {
      apiVersion: `${apiGroup}/v1`,
      kind: 'ClusterRoleBinding',
      metadata,
      roleRef: { apiGroup, kind: 'ClusterRole', name: metadata.name },
      subjects: [{ apiGroup, kind: 'User', name: user }],
    },
  });
}

/** As strict as promtool: HELP and TYPE before the samples, nothing twice, labels and values well formed. */
function checkExposition(text: string, where: string): Set<string> {
  assert.ok(text.endsWith('\n'), `${where} does not end its last line`);
  const families = new Map<string, string>();
  const seen = new Set<string>();
  let current = '';
  for (const line of text.split('\n').slice(0, -1)) {
    const [, kind, name = '', rest = ''] = /^# (HELP|TYPE) ([a-zA-Z_:][\w:]*) (.+)$/.exec(line) ?? [];
    if (kind === 'HELP') assert.ok(!families.has(name), `${where}: ${name} comes twice`);
    if (kind === 'TYPE') families.set((current = name), rest);
    if (kind !== undefined) continue;
    const [sample] = parseSamples(line);
    assert.ok(sample && !Number.isNaN(sample.value), `${where}: ${line}`);
    const suffix = families.get(current) === 'histogram' ? /_(bucket|sum|count)$/ : /$^/;
    assert.equal(sample.name.replace(suffix, ''), current, `${where}: ${line}`);
    if (families.get(current) === 'counter') assert.ok(sample.value >= 0, line);
    const key = JSON.stringify([
      sample.name,
      Object.keys(sample.labels)
        .toSorted()
        .map((label) => [label, sample.labels[label]]),
    ]);
    assert.ok(!seen.has(key), `${where} has twice ${key}`);
    seen.add(key);
  }
  return new Set(families.keys());
}
