import assert from 'node:assert/strict';
import fs from 'node:fs/promises';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { ContainerConfig } from '@mkube/runtime';
import {
  conditionOf,
  eventually,
  eventuallyPod,
  fakeRuntimeOf,
  openNode,
  shell,
  statusOf,
  type TestNode,
} from '../testing/node.test.ts';

const isRunning = ({ status }: { status: { phase?: string } }): boolean => status.phase === 'Running';

describe('what a pod can ask for', () => {
  let node: TestNode;
  before(async () => {
    node = await openNode();
  });
  after(() => node.close());

  const configOf = (pod: string, container = 'main'): ContainerConfig => {
    const found = [...fakeRuntimeOf(node).engine.containers.values()].findLast(
      ({ config }) => config.name === container && config.labels['io.kubernetes.pod.name'] === pod,
    );
    assert.ok(found, `${pod} has a container ${container}`);
    return found.config;
  };
  const mountOf = (pod: string, containerPath: string): string => {
    const mount = configOf(pod).mounts.find((candidate) => candidate.containerPath === containerPath);
    assert.ok(mount, `${containerPath} is mounted`);
    return mount.hostPath;
  };
  const read = (pod: string, containerPath: string, file: string) =>
    fs.readFile(path.join(mountOf(pod, containerPath), file), 'utf8');

  it('init containers run before, in order, and sidecars beside', async () => {
    await node.runPod('ordered', {
      initContainers: [
        shell('sleep 0.05', { name: 'first' }),
        shell('sleep infinity', { name: 'side', restartPolicy: 'Always' }),
        shell('exit 0', { name: 'second' }),
      ],
      containers: [shell('sleep infinity')],
    });
    const pod = await eventuallyPod(node, 'ordered', 'is Running', isRunning);
    assert.equal(statusOf(pod, 'first')?.state.terminated?.reason, 'Completed');
    assert.equal(statusOf(pod, 'first')?.ready, true);
    assert.ok(statusOf(pod, 'side')?.state.running);
    assert.equal(conditionOf(pod, 'Initialized'), 'True');
  });

  it('a pod whose sidecar goes on ends with its containers', async () => {
    await node.runPod('job', {
      restartPolicy: 'Never',
      initContainers: [shell('sleep infinity', { name: 'side', restartPolicy: 'Always' })],
      containers: [shell('exit 0')],
    });
    await eventuallyPod(node, 'job', 'has Succeeded', ({ status }) => status.phase === 'Succeeded');
  });

  it('an init container that fails for good fails the pod', async () => {
    await node.runPod('doomed', {
      restartPolicy: 'Never',
      initContainers: [shell('exit 3', { name: 'first' })],
      containers: [shell('sleep infinity')],
    });
    const pod = await eventuallyPod(node, 'doomed', 'is Failed', ({ status }) => status.phase === 'Failed');
    assert.equal(statusOf(pod, 'first')?.state.terminated?.exitCode, 3);
    assert.equal(statusOf(pod)?.state.waiting?.reason, 'PodInitializing');
  });

  it('environment from everywhere', async () => {
    await node.client.configMaps.create({ metadata: { name: 'env', namespace: 'default' }, data: { A: '1', B: '2' } });
    const secret = { data: { PASSWORD: Buffer.from('hunter2').toString('base64') } };
    await node.client.secrets.create({ metadata: { name: 'env', namespace: 'default' }, ...secret });
    await node.client.services.create({
      metadata: { name: 'my-db', namespace: 'default' },
      spec: { ports: [{ port: 5432, name: 'sql' }], selector: { app: 'db' } },
    });
    await eventually('the kubelet has seen the service', async () => {
      await node.runPod(`env-${Date.now()}`, { containers: [shell('sleep infinity')] });
      return [...fakeRuntimeOf(node).engine.containers.values()].some(({ config }) =>
        config.env.some(({ name }) => name === 'MY_DB_SERVICE_HOST'),
      );
    });
    await node.runPod('env', {
      containers: [
        shell('sleep infinity', {
          envFrom: [{ configMapRef: { name: 'env' } }, { prefix: 'S_', secretRef: { name: 'env' } }],
          env: [
            { name: 'B', value: 'two' },
            { name: 'BOTH', value: '$(A)-$(B)-$(NONE)-$$(A)' },
            { name: 'POD', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
            { name: 'IP', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } },
            { name: 'CPU', valueFrom: { resourceFieldRef: { resource: 'limits.cpu', divisor: '1m' } } },
            { name: 'MAYBE', valueFrom: { secretKeyRef: { name: 'none', key: 'x', optional: true } } },
          ],
          resources: { limits: { cpu: '250m', memory: '64Mi' } },
          args: ['$(A)'],
        }),
      ],
    });
    const pod = await eventuallyPod(node, 'env', 'is Running', isRunning);
    const { env, args, resources } = configOf('env');
    const variables = Object.fromEntries(env.map(({ name, value }) => [name, value]));
    assert.equal(variables['BOTH'], '1-two-$(NONE)-$(A)');
    assert.equal(variables['S_PASSWORD'], 'hunter2');
    assert.deepEqual([variables['POD'], variables['IP'], variables['CPU']], ['env', pod.status.podIP, '250']);
    assert.equal('MAYBE' in variables, false);
    assert.equal(variables['MY_DB_SERVICE_PORT_SQL'], '5432');
    assert.deepEqual(args, ['1']);
    assert.deepEqual(
      [resources.cpuQuota, resources.cpuShares, resources.memoryLimit, resources.oomScoreAdj],
      [25_000, 256, 64 * 1024 * 1024, -997],
    );
    assert.equal(pod.status.qosClass, 'Guaranteed');
  });

  it('volumes of configuration, written atomically', async () => {
    await node.client.configMaps.create({
      metadata: { name: 'files', namespace: 'default' },
      data: { 'a.txt': 'A', b: 'B' },
    });
    await node.client.secrets.create({ metadata: { name: 'files', namespace: 'default' }, data: { key: 'c2VjcmV0' } });
    await node.runPod(
      'volumes',
      {
        volumes: [
          { name: 'config', configMap: { name: 'files', items: [{ key: 'b', path: 'deep/b.txt', mode: 0o400 }] } },
          { name: 'secret', secret: { secretName: 'files', defaultMode: 0o600 } },
          { name: 'down', downwardAPI: { items: [{ path: 'labels', fieldRef: { fieldPath: 'metadata.labels' } }] } },
          { name: 'all', projected: { sources: [{ configMap: { name: 'files' } }, { secret: { name: 'files' } }] } },
          { name: 'empty', emptyDir: {} },
        ],
        containers: [
          shell('sleep infinity', {
            volumeMounts: [
              { name: 'config', mountPath: '/config' },
              { name: 'secret', mountPath: '/secret', readOnly: true },
              { name: 'down', mountPath: '/down' },
              { name: 'all', mountPath: '/all' },
              { name: 'empty', mountPath: '/empty' },
              { name: 'empty', mountPath: '/sub', subPath: 'some/folder' },
              { name: 'config', mountPath: '/one', subPath: 'deep/b.txt' },
            ],
          }),
        ],
      },
      { labels: { app: 'x', tier: 'front' } },
    );
    await eventuallyPod(node, 'volumes', 'is Running', isRunning);
    assert.equal(await read('volumes', '/config', 'deep/b.txt'), 'B');
    assert.equal((await fs.stat(path.join(mountOf('volumes', '/config'), 'deep/b.txt'))).mode & 0o777, 0o400);
    assert.equal(await read('volumes', '/secret', 'key'), 'secret');
    assert.equal((await fs.stat(path.join(mountOf('volumes', '/secret'), 'key'))).mode & 0o777, 0o600);
    assert.equal(await read('volumes', '/down', 'labels'), 'app="x"\ntier="front"');
    assert.deepEqual(
      (await fs.readdir(mountOf('volumes', '/all')))
        .filter((name) => !name.startsWith('..'))
        .toSorted((a, b) => a.localeCompare(b)),
      ['a.txt', 'b', 'key'],
    );
    assert.equal((await fs.stat(mountOf('volumes', '/empty'))).mode & 0o777, 0o777);
    assert.equal((await fs.stat(mountOf('volumes', '/sub'))).isDirectory(), true);
    assert.equal(await fs.readFile(mountOf('volumes', '/one'), 'utf8'), 'B');
    assert.match(await fs.readFile(mountOf('volumes', '/etc/hosts'), 'utf8'), /\tvolumes\n/);
  });

  it('a missing volume source holds the pod back until it is there', async () => {
    const volumes = [{ name: 'late', configMap: { name: 'late-files' } }];
    await node.runPod('held', {
      volumes,
      containers: [shell('sleep infinity', { volumeMounts: [{ name: 'late', mountPath: '/late' }] })],
    });
    await eventually('an event says so', async () => {
      const { items } = await node.client.events.list({
        namespace: 'default',
        fieldSelector: 'involvedObject.name=held',
      });
      return items.some(
        ({ reason, message }) =>
          reason === 'FailedMount' &&
          message === 'MountVolume.SetUp failed for volume "late" : configmap "late-files" not found',
      );
    });
    await eventuallyPod(node, 'held', 'waits', (pod) => statusOf(pod)?.state.waiting?.reason === 'ContainerCreating');
    await node.client.configMaps.create({ metadata: { name: 'late-files', namespace: 'default' }, data: { x: 'y' } });
    await eventuallyPod(node, 'held', 'is Running', isRunning);
  });

  it('a subPath that leads out of its volume is refused', async () => {
    const trap = path.join(node.rootDir, 'trap');
    await fs.mkdir(trap);
    await fs.symlink('/etc', path.join(trap, 'out'));
    await node.runPod('escape', {
      volumes: [{ name: 'v', hostPath: { path: trap } }],
      containers: [shell('sleep infinity', { volumeMounts: [{ name: 'v', mountPath: '/v', subPath: 'out/passwd' }] })],
    });
    const pod = await eventuallyPod(
      node,
      'escape',
      'is refused',
      (seen) => statusOf(seen)?.state.waiting?.reason === 'CreateContainerConfigError',
    );
    assert.match(statusOf(pod)?.state.waiting?.message ?? '', /leads out of its volume/);
  });

  it('probes decide on readiness, start and life', async () => {
    let healthy = false;
    const server = http.createServer((_request, response) => response.writeHead(healthy ? 200 : 503).end());
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const httpGet = { host: '127.0.0.1', port: (server.address() as AddressInfo).port, path: '/' };
    await node.runPod('probed', {
      containers: [
        shell('sleep infinity', { readinessProbe: { httpGet, periodSeconds: 1 } }),
        shell('sleep infinity', {
          name: 'starting',
          startupProbe: { exec: { command: ['false'] }, periodSeconds: 1, failureThreshold: 100 },
        }),
        shell('sleep infinity', {
          name: 'dying',
          livenessProbe: { tcpSocket: { host: '127.0.0.1', port: 1 }, periodSeconds: 1, failureThreshold: 1 },
        }),
      ],
    });
    const pod = await eventuallyPod(
      node,
      'probed',
      'is restarted',
      (seen) => (statusOf(seen, 'dying')?.restartCount ?? 0) > 0,
    );
    assert.deepEqual([statusOf(pod)?.ready, statusOf(pod)?.started], [false, true]);
    assert.deepEqual([statusOf(pod, 'starting')?.ready, statusOf(pod, 'starting')?.started], [false, false]);
    assert.equal(conditionOf(pod, 'Ready'), 'False');
    healthy = true;
    await eventuallyPod(node, 'probed', 'is ready', (seen) => statusOf(seen)?.ready === true);
    server.close();
  });

  it('an active deadline ends a pod', async () => {
    await node.runPod('late', {
      activeDeadlineSeconds: 1,
      terminationGracePeriodSeconds: 0,
      containers: [shell('sleep infinity')],
    });
    const pod = await eventuallyPod(node, 'late', 'is Failed', ({ status }) => status.phase === 'Failed');
    assert.equal(pod.status.reason, 'DeadlineExceeded');
    assert.ok(statusOf(pod)?.state.terminated);
  });

  it('hooks run, and a failed one ends its container', async () => {
    await node.runPod('hooked', {
      containers: [shell('sleep infinity', { lifecycle: { postStart: { exec: { command: ['false'] } } } })],
    });
    await eventually('an event says so', async () => {
      const { items } = await node.client.events.list({
        namespace: 'default',
        fieldSelector: 'involvedObject.name=hooked',
      });
      return items.some(({ reason }) => reason === 'FailedPostStartHook');
    });
    await eventuallyPod(node, 'hooked', 'is restarted', (pod) => (statusOf(pod)?.restartCount ?? 0) > 0);
  });

  it('ephemeral containers start in a running pod', async () => {
    const pod = await node.runPod('debugged', { containers: [shell('sleep infinity')] });
    await eventuallyPod(node, 'debugged', 'is Running', isRunning);
    const ephemeralContainers = [{ ...shell('sleep infinity', { name: 'debugger' }), targetContainerName: 'main' }];
    await node.client.pods.patch(
      pod.metadata,
      'strategic',
      { spec: { ephemeralContainers } },
      { subresource: 'ephemeralcontainers' },
    );
    const seen = await eventuallyPod(
      node,
      'debugged',
      'is debugged',
      (now) => statusOf(now, 'debugger')?.state.running !== undefined,
    );
    assert.ok(seen.status.ephemeralContainerStatuses);
    assert.ok(configOf('debugged', 'debugger').targetContainerId);
  });

  it('a termination message is read from its file', async () => {
    await node.runPod('talks', {
      restartPolicy: 'Never',
      containers: [shell('echo last words; exit 1', { terminationMessagePolicy: 'FallbackToLogsOnError' })],
    });
    const pod = await eventuallyPod(node, 'talks', 'is Failed', ({ status }) => status.phase === 'Failed');
    assert.equal(statusOf(pod)?.state.terminated?.message, 'last words\n');
  });

  it('a service account token is mounted and bound to the pod', async () => {
    await node.client.serviceAccounts.create({ metadata: { name: 'robot', namespace: 'default' } });
    await node.runPod('token', {
      serviceAccountName: 'robot',
      volumes: [
        { name: 't', projected: { sources: [{ serviceAccountToken: { path: 'token', expirationSeconds: 3600 } }] } },
      ],
      containers: [shell('sleep infinity', { volumeMounts: [{ name: 't', mountPath: '/t' }] })],
    });
    await eventuallyPod(node, 'token', 'is Running', isRunning);
    const [, claims = ''] = (await read('token', '/t', 'token')).split('.');
    const { sub } = JSON.parse(Buffer.from(claims, 'base64url').toString()) as { sub: string };
    assert.equal(sub, 'system:serviceaccount:default:robot');
  });
});
