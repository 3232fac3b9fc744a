/** What a container may use, as its cgroup says and as it feels. */
import assert from 'node:assert/strict';
import fs from 'node:fs/promises';
import type { Pod } from '@mkube/api';
import { type Case, type ContainerInput, hasRestarted, isRunning, shell, statusOf } from './case.ts';

/** The first that is there: cgroup v1 or v2. */
const cat = (...files: string[]): string =>
  `cat ${files.map((file) => `/sys/fs/cgroup/${file}`).join(' ')} 2>/dev/null; true`;
const limits = (amounts: Record<string, string>, requests = amounts): ContainerInput => ({
  resources: { limits: amounts, requests },
});

/** The pod's class, and where its container's cgroup is. */
const qos = (qosClass: string, parent: RegExp, container: ContainerInput = {}): Case => ({
  script: 'sleep 600',
  container,
  needs: ['cgroups'],
  async watch(seen) {
    const pod = await seen.until('is Running', isRunning);
    assert.equal(pod.status.qosClass, qosClass);
    const id = statusOf(pod)?.containerID?.split('//')[1] ?? '';
    const { pid } = (await seen.runtime.containerStatus(id)) ?? {};
    const text = await fs.readFile(`/proc/${pid}/cgroup`, 'utf8');
    const memory = text.split('\n').find((line) => line.includes(':memory:') || line.startsWith('0::/')) ?? '';
    assert.match(memory, parent);
    assert.ok(memory.includes(`/pod${pod.metadata.uid}/`), memory);
  },
});

export const resources: Record<string, Case> = {
  'memory limit': {
    script: cat('memory/memory.limit_in_bytes', 'memory.max'),
    container: limits({ memory: '32Mi' }),
    needs: ['cgroups'],
    prints: /^33554432$/m,
  },
  'cpu limit': {
    script: cat('cpu/cpu.cfs_quota_us', 'cpu.max'),
    container: limits({ cpu: '200m' }),
    needs: ['cgroups'],
    prints: /^20000/m,
  },
  'cpu request': {
    script: cat('cpu/cpu.shares', 'cpu.weight'),
    container: { resources: { requests: { cpu: '500m' } } },
    needs: ['cgroups'],
    prints: /^(512|20|59)$/m,
  },
  'no limits': {
    script: cat('cpu/cpu.cfs_quota_us', 'cpu.max'),
    needs: ['cgroups'],
    prints: /^(-1|max)/m,
  },
  'too much memory': {
    script: 'x=a; while :; do x=$x$x; done',
    container: limits({ memory: '16Mi' }),
    needs: ['cgroups'],
    phase: 'Failed',
    async watch(seen) {
      const pod = await seen.until('has failed', ({ status }) => status.phase === 'Failed');
      const { reason, exitCode } = statusOf(pod)?.state.terminated ?? {};
      assert.deepEqual([reason, exitCode], ['OOMKilled', 137]);
    },
  },
  'too much memory, and again': {
    script: 'x=a; while :; do x=$x$x; done',
    spec: { restartPolicy: 'OnFailure' },
    container: limits({ memory: '16Mi' }),
    needs: ['cgroups'],
    async watch(seen) {
      const pod = await seen.until('is started again', (now) => (statusOf(now)?.restartCount ?? 0) > 0);
      assert.equal(statusOf(pod)?.lastState.terminated?.reason, 'OOMKilled');
    },
  },
  'memory of one container only': {
    script: 'until test -f /tmp/go; do sleep 0.1; done; echo alive',
    spec: {
      initContainers: [
        shell('sleep 8; x=a; while :; do x=$x$x; done', {
          name: 's',
          restartPolicy: 'Always',
          ...limits({ memory: '16Mi' }),
        }),
      ],
    },
    needs: ['cgroups'],
    async watch(seen) {
      const hasLost = (pod: Pod): boolean => (statusOf(pod, 's')?.restartCount ?? 0) > 0;
      await seen.until('has lost its sidecar and runs', (pod) => hasLost(pod) && isRunning(pod));
      await seen.exec('touch', '/tmp/go');
      await seen.untilPrints(/^alive$/m);
    },
  },
  guaranteed: qos('Guaranteed', /\/kubepods\/pod/, limits({ cpu: '50m', memory: '32Mi' })),
  burstable: qos('Burstable', /\/kubepods\/burstable\/pod/, limits({ memory: '32Mi' }, { memory: '16Mi' })),
  'best effort': qos('BestEffort', /\/kubepods\/besteffort\/pod/),
  'who goes first': { script: 'cat /proc/self/oom_score_adj', needs: ['cgroups'], prints: /^1000$/m },
  'who goes later': {
    script: 'cat /proc/self/oom_score_adj',
    container: { resources: { requests: { memory: '1Gi' } } },
    needs: ['cgroups'],
    prints: /^9\d\d$/m,
  },
  'more of what a container is started again for': {
    alone: true,
    script: 'sleep 600',
    container: {
      ...limits({ cpu: '30m' }),
      resizePolicy: [{ resourceName: 'cpu', restartPolicy: 'RestartContainer' }],
    },
    spec: { restartPolicy: 'Always', terminationGracePeriodSeconds: 0 },
    needs: ['cgroups'],
    async watch(seen) {
      await seen.until('is Running', isRunning);
      const spec = { containers: [{ name: 'main', ...limits({ cpu: '40m' }) }] };
      const { name } = seen;
      await seen.client.pods.patch({ name, namespace: 'default' }, 'strategic', { spec }, { subresource: 'resize' });
      const pod = await seen.until('runs again', (now) => hasRestarted(now) && isRunning(now));
      assert.equal(statusOf(pod)?.resources?.limits?.['cpu'], '40m');
      assert.match(await seen.exec('sh', '-c', cat('cpu/cpu.cfs_quota_us', 'cpu.max')), /^4000\b/);
    },
  },
  'less of one thing and more of another, and back': {
    alone: true,
    script: 'sleep 600',
    container: limits({ cpu: '30m', memory: '40Mi' }),
    spec: { terminationGracePeriodSeconds: 0 },
    needs: ['cgroups'],
    async watch(seen) {
      await seen.until('is Running', isRunning);
      const { name } = seen;
      const quota = async (amounts: Record<string, string>, expected: RegExp): Promise<void> => {
        const spec = { containers: [{ name: 'main', ...limits(amounts) }] };
        await seen.client.pods.patch({ name, namespace: 'default' }, 'strategic', { spec }, { subresource: 'resize' });
        await seen.eventually('the cgroup says so', async () =>
          expected.test(await seen.exec('sh', '-c', cat('cpu/cpu.cfs_quota_us', 'cpu.max'))),
        );
      };
      await quota({ cpu: '40m', memory: '30Mi' }, /^4000\b/);
      await quota({ cpu: '30m', memory: '40Mi' }, /^3000\b/);
    },
  },
  'statuses tell what is given': {
    alone: true,
    script: 'sleep 600',
    container: limits({ cpu: '100m', memory: '32Mi' }, { cpu: '50m', memory: '16Mi' }),
    needs: ['cgroups'],
    async watch(seen) {
      const pod = await seen.until('tells', (now) => statusOf(now)?.resources?.limits !== undefined);
      const { resources, allocatedResources } = statusOf(pod) ?? {};
      assert.deepEqual(resources?.limits, { cpu: '100m', memory: '32Mi' });
      assert.deepEqual(allocatedResources, { cpu: '50m', memory: '16Mi' });
    },
  },
};
