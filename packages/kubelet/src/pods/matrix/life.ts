/** From the first init container to the last signal. */
import fs from 'node:fs/promises';
import path from 'node:path';
import { Readable } from 'node:stream';
import assert from 'node:assert/strict';
import {
  type Case,
  conditionOf,
  env,
  hasRestarted,
  isReady,
  isRunning,
  mount,
  shared,
  shell,
  statusOf,
  untilTerm,
  volume,
  waitsFor,
  webSidecar,
} from './case.ts';

const V = mount('v', '/v');
const emptyDir = volume({ emptyDir: {} });

/** The pod waits to be started, for this reason and with these words. */
const waits = (what: Omit<Case, 'watch'>, reason: string, message: RegExp): Case => ({
  ...what,
  async watch(seen) {
    const pod = await seen.until(`waits: ${reason}`, waitsFor(reason));
    assert.match(statusOf(pod)?.state.waiting?.message ?? '', message);
  },
});

const sidecar = (name: string, script: string, rest: Case['container'] = {}) =>
  shell(script, { name, restartPolicy: 'Always', ...V, ...rest });

/** Deleted, and then what its containers wrote on the way out, in order. */
const leaves = (what: Omit<Case, 'watch'>, ...words: string[]): Case => ({
  ...what,
  async watch(seen) {
    await seen.until('is ready', isReady);
    await seen.remove();
    assert.deepEqual(await seen.lines('order', words.length), words);
  },
});

/** What main sees of one of its namespaces is what the host's processes have, or not. */
const namespaceIs = (kind: string, of: 'host' | 'pod', spec: Case['spec'] = {}): Case => ({
  script: `readlink /proc/self/ns/${kind}`,
  ...(spec && { spec }),
  needs: ['isolation'],
  phase: 'Succeeded',
  async watch(seen) {
    const there = (await seen.untilPrints(/^\w+:\[\d+\]$/m)).trim();
    const here = await fs.readlink(`/proc/self/ns/${kind}`);
    assert.equal(there === here, of === 'host', `${there} in the container, ${here} outside`);
  },
});

export const life: Record<string, Case> = {
  'exit code': {
    script: 'exit 3',
    phase: 'Failed',
    async watch(seen) {
      const pod = await seen.until('has failed', ({ status }) => status.phase === 'Failed');
      const { reason, exitCode, containerID } = statusOf(pod)?.state.terminated ?? {};
      assert.deepEqual([reason, exitCode, Boolean(containerID)], ['Error', 3, true]);
    },
  },
  'stderr and stdout': { script: 'echo out; echo err >&2', prints: /out\nerr|err\nout/ },
  'a long line': { script: 'head -c 40000 /dev/zero | tr "\\0" x; echo', prints: /^x{40000}$/m },
  'a terminal': {
    script: 'test -t 1 && echo terminal',
    container: { tty: true },
    needs: ['tty'],
    prints: /^terminal\r?$/m,
  },
  'nobody at the keyboard': {
    script: 'cat; echo ended',
    container: { stdin: true, stdinOnce: true },
    needs: ['attach'],
    async watch(seen) {
      const pod = await seen.until('is Running', isRunning);
      const id = statusOf(pod)?.containerID?.split('//')[1] ?? '';
      const stdin = Readable.from(['typed\n']);
      const { signal } = new AbortController();
      await seen.runtime.attach(id, { stdin, tty: false, signal }).catch(() => undefined);
      await seen.untilPrints(/^typed\nended$/m);
    },
  },
  'init containers run in order': {
    script: 'cat /v/x',
    spec: {
      ...emptyDir,
      initContainers: ['a', 'b', 'c'].map((name) => shell(`echo ${name} >> /v/x`, { name, ...V })),
    },
    container: V,
    prints: /^a\nb\nc$/m,
  },
  'an init container that fails': {
    alone: true,
    script: 'true',
    spec: { initContainers: [shell('exit 2', { name: 'i' })] },
    phase: 'Failed',
    async watch(seen) {
      const pod = await seen.until('has failed', ({ status }) => status.phase === 'Failed');
      assert.equal(statusOf(pod, 'i')?.state.terminated?.exitCode, 2);
      assert.equal(conditionOf(pod, 'Initialized'), 'False');
    },
  },
  'an init container is tried again': {
    script: 'echo went on',
    spec: {
      ...emptyDir,
      restartPolicy: 'OnFailure',
      initContainers: [shell('test -f /v/x || { touch /v/x; exit 1; }', { name: 'i', ...V })],
    },
    prints: /^went on$/m,
  },
  'a sidecar starts before main': {
    script: 'test -f /v/up && echo waited',
    spec: {
      ...emptyDir,
      initContainers: [
        sidecar('s', 'sleep 0.5; touch /v/up; sleep 600', {
          startupProbe: {
            exec: { command: ['test', '-f', '/v/up'] },
            periodSeconds: 1,
            timeoutSeconds: 20,
            failureThreshold: 100,
          },
        }),
      ],
    },
    container: V,
    prints: /^waited$/m,
  },
  'sidecars end after main, the last one first': {
    script: 'until test -f /v/one -a -f /v/two; do sleep 0.1; done; echo main >> /v/order',
    spec: {
      ...shared,
      terminationGracePeriodSeconds: 20,
      initContainers: ['one', 'two'].map((name) => sidecar(name, `touch /v/${name}; ${untilTerm(name)}`)),
    },
    container: V,
    phase: 'Succeeded',
    async watch(seen) {
      assert.deepEqual(await seen.lines('order', 3), ['main', 'two', 'one']);
    },
  },
  'a sidecar is started again': {
    script: 'sleep 600',
    spec: { ...emptyDir, initContainers: [sidecar('s', 'test -f /v/x && sleep 600; touch /v/x; exit 1')] },
    async watch(seen) {
      await seen.until('has a sidecar again', (pod) => (statusOf(pod, 's')?.restartCount ?? 0) === 1);
      assert.equal(statusOf(await seen.pod())?.restartCount, 0);
    },
  },
  'an ephemeral container': {
    script: 'sleep 600',
    async watch(seen) {
      const pod = await seen.until('is Running', isRunning);
      const ephemeralContainers = [shell('hostname; exit 5', { name: 'debug' })];
      const patch = { spec: { ephemeralContainers } };
      await seen.client.pods.patch(pod.metadata, 'strategic', patch, { subresource: 'ephemeralcontainers' });
      const after = await seen.until('has run it', (now) => statusOf(now, 'debug')?.state.terminated !== undefined);
      assert.equal(statusOf(after, 'debug')?.state.terminated?.exitCode, 5);
      assert.equal(after.status.phase, 'Running');
      await seen.untilPrints(/^an-ephemeral-container$/m, 'debug');
    },
  },
  'an ephemeral container that targets another': {
    script: 'sleep 7654',
    needs: ['isolation'],
    async watch(seen) {
      const pod = await seen.until('is Running', isRunning);
      const ephemeralContainers = [shell('ps', { name: 'debug', targetContainerName: 'main' } as Case['container'])];
      const patch = { spec: { ephemeralContainers } };
      await seen.client.pods.patch(pod.metadata, 'strategic', patch, { subresource: 'ephemeralcontainers' });
      await seen.untilPrints(/sleep 7654/, 'debug');
    },
  },
  'a post start hook': {
    script: 'until cat /tmp/h 2>/dev/null; do sleep 0.1; done',
    container: { lifecycle: { postStart: { exec: { command: ['sh', '-c', 'echo hooked > /tmp/h'] } } } },
    prints: /^hooked$/m,
  },
  'a post start hook by http': {
    script: 'sleep 600',
    spec: { initContainers: [webSidecar(8080)] },
    container: { lifecycle: { postStart: { httpGet: { port: 8080, path: '/index.html' } } } },
    needs: ['podNetwork'],
    async watch(seen) {
      await seen.until('is ready', isReady);
      assert.equal(statusOf(await seen.pod())?.restartCount, 0);
    },
  },
  'a post start hook that sleeps': {
    script: 'sleep 600',
    container: { lifecycle: { postStart: { sleep: { seconds: 1 } } } },
    async watch(seen) {
      await seen.until('is ready', isReady);
    },
  },
  'a post start hook that fails': {
    script: 'sleep 600',
    container: { lifecycle: { postStart: { exec: { command: ['sh', '-c', 'echo no; exit 1'] } } } },
    phase: 'Failed',
    async watch(seen) {
      await seen.untilEvent('FailedPostStartHook', /PostStartHook failed/);
    },
  },
  'a pre stop hook': leaves(
    {
      script: untilTerm('term'),
      spec: { ...shared, terminationGracePeriodSeconds: 20 },
      container: {
        ...V,
        readinessProbe: { exec: { command: ['test', '-f', '/tmp/ready'] }, periodSeconds: 1 },
        lifecycle: { preStop: { exec: { command: ['sh', '-c', 'sleep 0.3; echo hook >> /v/order'] } } },
      },
    },
    'hook',
    'term',
  ),
  'a pre stop hook by http': leaves(
    {
      script: untilTerm('term'),
      spec: {
        ...shared,
        terminationGracePeriodSeconds: 20,
        initContainers: [
          sidecar(
            'web',
            'mkdir -p /w/cgi-bin; printf "#!/bin/sh\\necho hook >> /v/order; echo; echo\\n" > /w/cgi-bin/stop; ' +
              'chmod +x /w/cgi-bin/stop; httpd -f -p 8080 -h /w',
          ),
        ],
      },
      container: {
        ...V,
        readinessProbe: { exec: { command: ['test', '-f', '/tmp/ready'] }, periodSeconds: 1 },
        lifecycle: { preStop: { httpGet: { port: 8080, path: '/cgi-bin/stop' } } },
      },
      needs: ['podNetwork'],
    },
    'hook',
    'term',
  ),
  'a pre stop hook that sleeps': {
    script: untilTerm('term'),
    spec: { ...shared, terminationGracePeriodSeconds: 20 },
    container: { ...V, lifecycle: { preStop: { sleep: { seconds: 2 } } } },
    async watch(seen) {
      await seen.until('is ready', isReady);
      assert.ok((await seen.remove()) >= 2000);
      assert.deepEqual(await seen.lines('order', 1), ['term']);
    },
  },
  'who does not end in time is killed': {
    script: "trap '' TERM; while :; do sleep 0.1; done",
    spec: { terminationGracePeriodSeconds: 1 },
    phase: 'Failed',
    async watch(seen) {
      const { metadata } = await seen.until('is Running', isRunning);
      await seen.client.pods.patch(metadata, 'merge', { spec: { activeDeadlineSeconds: 1 } });
      const pod = await seen.until('has failed', ({ status }) => status.phase === 'Failed');
      assert.equal(statusOf(pod)?.state.terminated?.exitCode, 137);
    },
  },
  'who ends by itself is not killed': leaves(
    {
      script: `${untilTerm('term').replace('exit 0', 'sleep 0.5; echo end >> /v/order; exit 0')}`,
      spec: { ...shared, terminationGracePeriodSeconds: 20 },
      container: { ...V, readinessProbe: { exec: { command: ['test', '-f', '/tmp/ready'] }, periodSeconds: 1 } },
    },
    'term',
    'end',
  ),
  'a deadline': {
    script: 'sleep 60',
    spec: { activeDeadlineSeconds: 1, terminationGracePeriodSeconds: 0 },
    phase: 'Failed',
    async watch(seen) {
      const { status } = await seen.until('has failed', (pod) => pod.status.phase === 'Failed');
      const message = 'Pod was active on the node longer than the specified deadline';
      assert.deepEqual([status.reason, status.message], ['DeadlineExceeded', message]);
    },
  },
  'deleted while it starts': {
    script: 'true',
    spec: { terminationGracePeriodSeconds: 0, initContainers: [shell('sleep 600', { name: 'i' })] },
    async watch(seen) {
      await seen.until('is starting', (pod) => statusOf(pod, 'i')?.state.running !== undefined);
      await seen.remove();
    },
  },
  'restart on failure': {
    script: 'test -f /v/x && echo second && exit 0; touch /v/x; exit 1',
    spec: { ...emptyDir, restartPolicy: 'OnFailure' },
    container: V,
    prints: /^second$/m,
  },
  'restart always': {
    script: 'sleep 0.1',
    spec: { restartPolicy: 'Always' },
    async watch(seen) {
      const pod = await seen.until('is started again', hasRestarted);
      const { reason, exitCode } = statusOf(pod)?.lastState.terminated ?? {};
      assert.deepEqual([reason, exitCode], ['Completed', 0]);
    },
  },
  'a crash loop': {
    ...waits(
      { script: 'exit 7', spec: { restartPolicy: 'Always' } },
      'CrashLoopBackOff',
      /^back-off [124]0s restarting failed container=main pod=a-crash-loop_default\([0-9a-f-]+\)$/,
    ),
  },
  'termination message': {
    script: 'echo -n bye > /dev/termination-log',
    phase: 'Succeeded',
    async watch(seen) {
      const pod = await seen.until('has ended', ({ status }) => status.phase === 'Succeeded');
      assert.equal(statusOf(pod)?.state.terminated?.message, 'bye');
    },
  },
  'termination message elsewhere': {
    script: 'echo -n custom > /tmp/message',
    container: { terminationMessagePath: '/tmp/message' },
    async watch(seen) {
      const pod = await seen.until('has ended', ({ status }) => status.phase === 'Succeeded');
      assert.equal(statusOf(pod)?.state.terminated?.message, 'custom');
    },
  },
  'termination message from the log': {
    script: 'echo last; echo -n words; exit 1',
    container: { terminationMessagePolicy: 'FallbackToLogsOnError' },
    phase: 'Failed',
    async watch(seen) {
      const pod = await seen.until('has failed', ({ status }) => status.phase === 'Failed');
      assert.equal(statusOf(pod)?.state.terminated?.message, 'last\nwords');
    },
  },
  'readiness gates': {
    alone: true,
    script: 'sleep 600',
    spec: { readinessGates: [{ conditionType: 'example.com/gate' }] },
    async watch(seen) {
      const pod = await seen.until('has ready containers', (now) => conditionOf(now, 'ContainersReady') === 'True');
      assert.equal(conditionOf(pod, 'Ready'), 'False');
      const conditions = [{ type: 'example.com/gate', status: 'True' }];
      await seen.client.pods.patch(pod.metadata, 'strategic', { status: { conditions } }, { subresource: 'status' });
      await seen.until('is ready', isReady);
    },
  },
  'resized in place': {
    script: 'sleep 600',
    container: { resources: { limits: { cpu: '200m', memory: '32Mi' } } },
    needs: ['updateResources', 'cgroups'],
    async watch(seen) {
      const pod = await seen.until('is Running', isRunning);
      const resources = { limits: { cpu: '300m', memory: '48Mi' }, requests: { cpu: '300m', memory: '48Mi' } };
      const patch = { spec: { containers: [{ name: 'main', resources }] } };
      await seen.client.pods.patch(pod.metadata, 'strategic', patch, { subresource: 'resize' });
      await seen.until('says so', (now) => statusOf(now)?.resources?.limits?.['memory'] === '48Mi');
      await seen.untilEvent('ResizeCompleted', /^Pod resize completed: \{.*"memory":"48Mi".*"generation":2\}$/);
      await seen.until('is resized', (now) => conditionOf(now, 'PodResizeInProgress') === undefined);
      const files = '/sys/fs/cgroup/memory/memory.limit_in_bytes /sys/fs/cgroup/memory.max';
      assert.match(await seen.exec('sh', '-c', `cat ${files} 2>/dev/null; true`), /^50331648$/m);
      assert.equal(statusOf(await seen.pod())?.restartCount, 0);
    },
  },
  'resized by a restart': {
    script: 'sleep 600',
    container: {
      resources: { limits: { memory: '32Mi' } },
      resizePolicy: [{ resourceName: 'memory', restartPolicy: 'RestartContainer' }],
    },
    spec: { restartPolicy: 'Always', terminationGracePeriodSeconds: 0 },
    needs: ['updateResources', 'cgroups'],
    async watch(seen) {
      const pod = await seen.until('is Running', isRunning);
      const resources = { limits: { memory: '48Mi' }, requests: { memory: '48Mi' } };
      const patch = { spec: { containers: [{ name: 'main', resources }] } };
      await seen.client.pods.patch(pod.metadata, 'strategic', patch, { subresource: 'resize' });
      await seen.until('is started again', (now) => hasRestarted(now) && isRunning(now));
    },
  },
  'an image that is never pulled': waits(
    { script: 'true', container: { image: 'nosuch:1', imagePullPolicy: 'Never' } },
    'ErrImageNeverPull',
    /^Container image "nosuch:1" is not present with pull policy of Never$/,
  ),
  'a name that is none': waits(
    { script: 'true', container: { image: 'x/UPPER' } },
    'InvalidImageName',
    /^Failed to apply default image tag "x\/UPPER": couldn't parse image name "x\/UPPER": invalid reference format/,
  ),
  'an image that cannot be pulled': waits(
    { script: 'true', container: { image: '127.0.0.1:1/x:1' } },
    'ImagePullBackOff',
    /^Back-off pulling image "127\.0\.0\.1:1\/x:1"/,
  ),
  'a command that does not exist': {
    script: '',
    container: { command: ['/nonesuch'] },
    phase: 'Failed',
    async watch(seen) {
      const pod = await seen.until('has failed', ({ status }) => status.phase === 'Failed');
      const { reason, exitCode, message = '' } = statusOf(pod)?.state.terminated ?? {};
      assert.match(`${reason} ${exitCode}`, /^(StartError 128|ContainerCannotRun 127)$/); // Docker has words of its own
      assert.match(message, /nonesuch/);
    },
  },
  'a static pod': {
    alone: true,
    script: 'sleep 600',
    async watch(seen) {
      const file = path.join(seen.staticPodPath, 'fixed.json');
      const pod = {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name: 'fixed', namespace: 'default' },
        spec: { containers: [shell('sleep 600')], terminationGracePeriodSeconds: 0 },
      };
      await fs.writeFile(file, JSON.stringify(pod));
      const mirror = await seen.until('is mirrored and ready', isReady, `fixed-${seen.nodeName}`);
      assert.ok(mirror.metadata.annotations?.['kubernetes.io/config.mirror']);
      await fs.rm(file);
      await seen.eventually('the mirror is gone', async () => {
        const { items } = await seen.client.pods.list({ namespace: 'default' });
        return items.every(({ metadata }) => metadata.name !== `fixed-${seen.nodeName}`);
      });
    },
  },
  'own network': namespaceIs('net', 'pod'),
  'own processes': { script: 'ls /proc | grep -c "^[0-9]"', needs: ['isolation'], prints: /^[1-4]$/m },
  'own host name': namespaceIs('uts', 'pod'),
  'own mounts': namespaceIs('mnt', 'pod'),
  'own ipc': namespaceIs('ipc', 'pod'),
  'host network': namespaceIs('net', 'host', { hostNetwork: true }),
  'host processes': namespaceIs('pid', 'host', { hostPID: true }),
  'host ipc': namespaceIs('ipc', 'host', { hostIPC: true }),
  'shared processes': {
    script: 'until ps | grep -q "[s]leep 77"; do sleep 0.1; done; echo seen',
    spec: {
      shareProcessNamespace: true,
      initContainers: [shell('sleep 77', { name: 'other', restartPolicy: 'Always' })],
    },
    needs: ['isolation'],
    prints: /^seen$/m,
  },
  'localhost between containers': {
    script: 'until wget -qO- http://127.0.0.1:8080/ 2>/dev/null; do sleep 0.1; done',
    spec: { initContainers: [webSidecar(8080)] },
    needs: ['podNetwork'],
    prints: /^web$/m,
  },
  'a variable of the container only': {
    alone: true,
    script: 'echo [$X]',
    spec: { initContainers: [shell('true', { name: 'i', ...env({ name: 'X', value: 'of i' }) })] },
    prints: /^\[\]$/m,
  },
  'pods that are told to end at once': {
    script: "trap '' TERM; while :; do sleep 0.1; done",
    spec: { terminationGracePeriodSeconds: 0 },
    async watch(seen) {
      await seen.until('is Running', isRunning);
      await seen.remove();
    },
  },
};
