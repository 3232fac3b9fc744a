import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Pod } from '@mkube/api';
import { openRunc } from '../testing/kubelet-process.test.ts';
import {
  conditionOf,
  eventually,
  eventuallyPod,
  openNode,
  shell,
  statusOf,
  type TestNode,
} from '../testing/node.test.ts';
import { inOwnNetwork } from '../testing/own-network.test.ts';
import { makeRuncFolder, type RuncFolder } from '../testing/runc.test.ts';

inOwnNetwork(import.meta.url, 'pods run as real containers, in a network of their own', () => {
  describe('pods as real containers', () => {
    let folder: RuncFolder;
    let node: TestNode;
    before(async () => {
      folder = await makeRuncFolder();
      const runtime = await openRunc(folder.config);
      node = await openNode({ runtime, kubelet: { cgroupRoot: folder.config.cgroupRoot } });
    });
    after(async () => {
      await node.close();
      await folder.remove();
    });

    const exec = async (pod: Pod, ...command: string[]): Promise<string> => {
      const id = statusOf(pod)?.containerID?.split('//')[1] ?? '';
      const { stdout, stderr, exitCode } = await node.runtime.execSync(id, command, 10);
      assert.equal(exitCode, 0, `${command.join(' ')}: ${stderr.toString()}`);
      return stdout.toString();
    };
    const running = (name: string): Promise<Pod> =>
      eventuallyPod(node, name, 'is Running', ({ status }) => status.phase === 'Running');

    it('a container has names, address, files and limits of its own', async () => {
      await node.client.configMaps.create({
        metadata: { name: 'cm', namespace: 'default' },
        data: { greeting: 'hello' },
      });
      await node.runPod('full', {
        volumes: [
          { name: 'config', configMap: { name: 'cm' } },
          { name: 'memory', emptyDir: { medium: 'Memory', sizeLimit: '1Mi' } },
        ],
        securityContext: { fsGroup: 2000 },
        containers: [
          shell('mkdir -p /www && echo ok > /www/index.html && httpd -f -p 8080 -h /www', {
            volumeMounts: [
              { name: 'config', mountPath: '/config' },
              { name: 'memory', mountPath: '/memory' },
            ],
            readinessProbe: { httpGet: { port: 8080, path: '/' }, periodSeconds: 1 },
            resources: { limits: { memory: '32Mi', cpu: '500m' } },
          }),
        ],
      });
      const pod = await eventuallyPod(node, 'full', 'is ready', (seen) => conditionOf(seen, 'Ready') === 'True');
      assert.equal(await exec(pod, 'hostname'), 'full\n');
      assert.equal(await exec(pod, 'cat', '/config/greeting'), 'hello');
      assert.match(await exec(pod, 'cat', '/etc/hosts'), new RegExp(`^${pod.status.podIP}\\tfull$`, 'm'));
      assert.match(await exec(pod, 'df', '-k', '/memory'), /^tmpfs +1024 /m);
      assert.match(await exec(pod, 'id', '-G'), /\b2000\b/);
      assert.match(await exec(pod, 'cat', '/proc/1/comm'), /httpd|sh/);
      assert.match(await exec(pod, 'ip', 'addr', 'show', 'eth0'), new RegExp(`inet ${pod.status.podIP}/`));
      assert.equal(statusOf(pod)?.containerID?.startsWith('runc://'), true);
    });

    it('a running container gets new limits without a restart', async () => {
      const pod = await running('full');
      const containers = [{ name: 'main', resources: { limits: { memory: '48Mi' }, requests: { memory: '48Mi' } } }];
      await node.client.pods.patch(pod.metadata, 'strategic', { spec: { containers } }, { subresource: 'resize' });
      const id = statusOf(pod)?.containerID?.split('//')[1] ?? '';
      await eventually('its cgroup has the new limit', async () => {
        const status = await node.runtime.containerStatus(id);
        return status?.resources?.memoryLimit === 48 * 1024 * 1024;
      });
      assert.equal(statusOf(await node.getPod('full'))?.restartCount, 0);
    });

    it('too much memory ends a container, and its status says so', async () => {
      await node.runPod('greedy', {
        restartPolicy: 'Never',
        containers: [shell('x=a; while true; do x=$x$x; done', { resources: { limits: { memory: '16Mi' } } })],
      });
      const pod = await eventuallyPod(node, 'greedy', 'is Failed', ({ status }) => status.phase === 'Failed', 20_000);
      assert.deepEqual(
        [statusOf(pod)?.state.terminated?.reason, statusOf(pod)?.state.terminated?.exitCode],
        ['OOMKilled', 137],
      );
    });

    it('a command that does not exist is told, and tried again', async () => {
      await node.runPod('typo', { containers: [shell('', { command: ['/bin/nonesuch'] })] });
      const pod = await eventuallyPod(
        node,
        'typo',
        'backs off',
        (seen) => statusOf(seen)?.state.waiting?.reason === 'CrashLoopBackOff',
      );
      assert.match(statusOf(pod)?.lastState.terminated?.message ?? '', /nonesuch/);
      assert.equal(statusOf(pod)?.lastState.terminated?.exitCode, 128);
    });

    it('a terminated container leaves its message, and a deleted pod nothing', async () => {
      await node.runPod('message', {
        restartPolicy: 'Never',
        containers: [shell('echo -n bye > /dev/termination-log; exit 4')],
      });
      const pod = await eventuallyPod(node, 'message', 'is Failed', ({ status }) => status.phase === 'Failed');
      assert.equal(statusOf(pod)?.state.terminated?.message, 'bye');
      await running('full');
      for (const name of ['message', 'full', 'greedy', 'typo'])
        await node.client.pods.delete({ name, namespace: 'default' });
      await eventually('all is gone', async () => (await node.runtime.listPodSandboxes()).length === 0, 20_000);
      const { items } = await node.client.pods.list({ namespace: 'default' });
      assert.deepEqual(items, []);
    });
  });
});
