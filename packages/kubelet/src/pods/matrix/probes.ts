/** Who is asked how, what the answers do, and the words of those who do not answer well. */
import assert from 'node:assert/strict';
import {
  type Case,
  conditionOf,
  type ContainerInput,
  hasRestarted,
  isReady,
  PLACES,
  shell,
  statusOf,
  type PodSpecInput,
} from './case.ts';

type Probe = NonNullable<ContainerInput['readinessProbe']>;

const EVERY = { periodSeconds: 1, failureThreshold: 1 };
/** For servers of the test's own process, which has much else to do. */
const PATIENT = { timeoutSeconds: 20 };
const PORT = (place: string): never => place as never; // a number by the time that it is sent
const SERVE = 'mkdir /w; echo ok > /w/index.html; exec httpd -f -p 8080 -h /w';
const RESTARTS: PodSpecInput = { restartPolicy: 'Always', terminationGracePeriodSeconds: 0 };

const readiness = (script: string, probe: Probe, rest: Partial<Case> = {}): Case => ({
  ...rest,
  script,
  container: { ...rest.container, readinessProbe: { ...EVERY, ...probe } },
  async watch(seen) {
    const pod = await seen.until('is ready', isReady);
    assert.equal(conditionOf(pod, 'ContainersReady'), 'True');
  },
});

/** Never ready, and an event says why. */
const unready = (script: string, probe: Probe, message: RegExp, rest: Partial<Case> = {}): Case => ({
  ...rest,
  script,
  container: { ...rest.container, readinessProbe: { ...EVERY, ...probe } },
  async watch(seen) {
    await seen.untilEvent('Unhealthy', message);
    assert.equal(conditionOf(await seen.pod(), 'Ready'), 'False');
  },
});

/** Started again by the kubelet, which says so. */
const restarted = (script: string, probes: ContainerInput, kind: string, rest: Partial<Case> = {}): Case => ({
  ...rest,
  script,
  spec: { ...RESTARTS, ...rest.spec },
  container: probes,
  async watch(seen) {
    await seen.until('is started again', hasRestarted);
    await seen.untilEvent('Killing', new RegExp(`^Container main failed ${kind} probe, will be restarted$`));
  },
});

const NET: Partial<Case> = { needs: ['podNetwork'] };
/** Says 200 to whoever brings the header, 400 to others. */
const ASKS_FOR_HEADER = `cat > /s <<'END'
#!/bin/sh
ok='400 Bad Request'
while read -r line; do line=$(echo "$line" | tr -d '\\r'); test -z "$line" && break
case "$line" in X-Ask:*me*) ok='200 OK';; esac; done
printf 'HTTP/1.1 %s\\r\\nContent-Length: 0\\r\\nConnection: close\\r\\n\\r\\n' "$ok"
END
chmod +x /s; nc -ll -p 8080 -e /s`;

/** Sends everybody to another host. */
const REDIRECTS = `cat > /s <<'END'
#!/bin/sh
while read -r line; do test -z "$(echo "$line" | tr -d '\\r')" && break; done
printf 'HTTP/1.1 302 Found\\r\\nLocation: http://elsewhere.example/\\r\\nContent-Length: 10\\r\\nConnection: close\\r\\n\\r\\nover there'
END
chmod +x /s; nc -ll -p 8080 -e /s`;

export const probes: Record<string, Case> = {
  'ready by exec': readiness('sleep 1; touch /ready; sleep 600', { exec: { command: ['cat', '/ready'] } }),
  'not ready by exec': unready(
    'sleep 600',
    { exec: { command: ['cat', '/ready'] } },
    /^Readiness probe failed: cat: can't open '\/ready': No such file or directory/,
  ),
  'ready no more': {
    script: 'touch /ready; until test -f /tmp/go; do sleep 0.1; done; rm /ready; sleep 600',
    container: { readinessProbe: { ...EVERY, exec: { command: ['cat', '/ready'] } } },
    async watch(seen) {
      await seen.until('is ready', isReady);
      await seen.exec('touch', '/tmp/go');
      await seen.until('is not ready', (pod) => conditionOf(pod, 'Ready') === 'False');
      assert.equal(statusOf(await seen.pod())?.restartCount, 0);
    },
  },
  'ready by http': readiness(SERVE, { httpGet: { port: 8080, path: '/index.html' } }, NET),
  'ready by http on a named port': readiness(
    SERVE,
    { httpGet: { port: 'web' as never } },
    { ...NET, container: { ports: [{ name: 'web', containerPort: 8080 }] } },
  ),
  'ready by http with headers': readiness(
    ASKS_FOR_HEADER,
    { httpGet: { port: 8080, httpHeaders: [{ name: 'X-Ask', value: 'me' }] } },
    NET,
  ),
  'not ready by http without the header': unready(
    ASKS_FOR_HEADER,
    { httpGet: { port: 8080 } },
    /^Readiness probe failed: HTTP probe failed with statuscode: 400$/,
    NET,
  ),
  'ready by https': readiness('sleep 600', {
    ...PATIENT,
    httpGet: { host: '127.0.0.1', port: PORT(PLACES.httpsPort), scheme: 'HTTPS', path: '/ok' },
  }),
  'not ready by https': unready(
    'sleep 600',
    {
      ...PATIENT,
      httpGet: { host: '127.0.0.1', port: PORT(PLACES.httpsPort), scheme: 'HTTPS', path: '/bad' },
    },
    /^Readiness probe failed: HTTP probe failed with statuscode: 503$/,
  ),
  'ready by tcp': readiness(SERVE, { tcpSocket: { port: 8080 } }, NET),
  'not ready by tcp': unready(
    'sleep 600',
    { tcpSocket: { port: 8080 } },
    /^Readiness probe failed: dial tcp \S+:8080: connect: connection refused$/,
    NET,
  ),
  'ready by grpc': readiness(
    'sleep 600',
    { ...PATIENT, grpc: { port: PORT(PLACES.grpcPort) } },
    { spec: { hostNetwork: true } },
  ),
  'not ready by grpc': unready(
    'sleep 600',
    { ...PATIENT, grpc: { port: PORT(PLACES.grpcPort), service: 'broken' } },
    /^Readiness probe failed: service unhealthy \(responded with "NOT_SERVING"\)/,
    { spec: { hostNetwork: true } },
  ),
  'a success is not enough': {
    alone: true,
    script: 'date +%s; sleep 600',
    container: { readinessProbe: { ...EVERY, successThreshold: 3, exec: { command: ['true'] } } },
    async watch(seen) {
      const pod = await seen.until('is ready', isReady);
      const readyAt = pod.status.conditions?.find(({ type }) => type === 'Ready')?.lastTransitionTime ?? '';
      const startedAt = statusOf(pod)?.state.running?.startedAt ?? '';
      assert.ok(Date.parse(readyAt) - Date.parse(startedAt) >= 1000, `${startedAt} to ${readyAt}`);
    },
  },
  'an initial delay': {
    alone: true,
    script: 'sleep 600',
    container: { readinessProbe: { ...EVERY, initialDelaySeconds: 2, exec: { command: ['true'] } } },
    async watch(seen) {
      const pod = await seen.until('is ready', isReady);
      const readyAt = pod.status.conditions?.find(({ type }) => type === 'Ready')?.lastTransitionTime ?? '';
      assert.ok(Date.parse(readyAt) - Date.parse(statusOf(pod)?.state.running?.startedAt ?? '') >= 1000);
    },
  },
  'an answer that takes too long': unready(
    'sleep 600',
    { exec: { command: ['sleep', '20'] }, timeoutSeconds: 1 },
    /^Readiness probe failed: command timed out: "sleep 20" timed out after 1s$/,
  ),
  'alive by exec': restarted(
    'touch /ok; sleep 1; rm /ok; sleep 600',
    { livenessProbe: { ...EVERY, exec: { command: ['cat', '/ok'] }, initialDelaySeconds: 1 } },
    'liveness',
  ),
  'alive by http': restarted('sleep 600', { livenessProbe: { ...EVERY, httpGet: { port: 8080 } } }, 'liveness', NET),
  'alive by tcp': restarted('sleep 600', { livenessProbe: { ...EVERY, tcpSocket: { port: 8080 } } }, 'liveness', NET),
  'alive by grpc': restarted(
    'sleep 600',
    { livenessProbe: { ...EVERY, ...PATIENT, grpc: { port: PORT(PLACES.grpcPort), service: 'broken' } } },
    'liveness',
    { spec: { hostNetwork: true } },
  ),
  'ready no more while it ends': {
    script: "trap 'rm /ready' TERM; touch /ready; while :; do sleep 0.1; done",
    spec: { terminationGracePeriodSeconds: 600 },
    container: { readinessProbe: { ...EVERY, exec: { command: ['cat', '/ready'] } } },
    async watch(seen) {
      await seen.until('is ready', isReady);
      const gone = seen.remove();
      const pod = await seen.until('is not ready', (now) => statusOf(now)?.ready === false);
      assert.ok(statusOf(pod)?.state.running, 'it runs still');
      await seen.client.pods.delete({ name: seen.name, namespace: 'default' }, { gracePeriodSeconds: 0 });
      await gone;
    },
  },
  'a redirect to elsewhere is a warning': {
    script: REDIRECTS,
    container: { readinessProbe: { ...EVERY, httpGet: { port: 8080 } } },
    ...NET,
    async watch(seen) {
      await seen.until('is ready', isReady);
      await seen.untilEvent(
        'ProbeWarning',
        /^Readiness probe warning: Probe terminated redirects, Response body: over there$/,
      );
    },
  },
  "a probe's own grace": restarted(
    "trap '' TERM; while :; do sleep 0.1; done",
    { livenessProbe: { ...EVERY, exec: { command: ['false'] }, terminationGracePeriodSeconds: 1 } },
    'liveness',
    { spec: { terminationGracePeriodSeconds: 600 } },
  ),
  "a probe's own grace, of a sidecar": {
    script: 'sleep 600',
    spec: {
      ...RESTARTS,
      terminationGracePeriodSeconds: 600,
      initContainers: [
        shell("trap '' TERM; while :; do sleep 0.1; done", {
          name: 's',
          restartPolicy: 'Always',
          livenessProbe: { ...EVERY, exec: { command: ['false'] }, terminationGracePeriodSeconds: 1 },
        }),
      ],
    },
    async watch(seen) {
      await seen.until('has its sidecar again', (pod) => (statusOf(pod, 's')?.restartCount ?? 0) > 0);
    },
  },
  'startup holds liveness back': {
    script: 'sleep 2; touch /up; sleep 600',
    spec: RESTARTS,
    container: {
      startupProbe: { exec: { command: ['cat', '/up'] }, periodSeconds: 1, failureThreshold: 100 },
      livenessProbe: { ...EVERY, exec: { command: ['cat', '/up'] } },
    },
    async watch(seen) {
      const pod = await seen.until('has started', (now) => statusOf(now)?.started === true);
      assert.deepEqual([statusOf(pod)?.restartCount, conditionOf(pod, 'Ready')], [0, 'True']);
    },
  },
  'a startup that never comes': restarted(
    'sleep 600',
    { startupProbe: { ...EVERY, exec: { command: ['false'] } } },
    'startup',
  ),
  'a sidecar has probes too': {
    script: 'sleep 600',
    spec: {
      initContainers: [
        shell('sleep 1; touch /ready; sleep 600', {
          name: 's',
          restartPolicy: 'Always',
          readinessProbe: { ...EVERY, exec: { command: ['cat', '/ready'] } },
        }),
      ],
    },
    async watch(seen) {
      const pod = await seen.until('is ready', isReady);
      assert.equal(statusOf(pod, 's')?.ready, true);
    },
  },
};
