import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs/promises';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { Pod } from '@mkube/api';
import { openRunc } from '../testing/kubelet-process.test.ts';
import {
  eventually,
  eventuallyPod,
  openNode,
  type PodSpecInput,
  shell,
  statusOf,
  type TestNode,
} from '../testing/node.test.ts';
import { inOwnNetwork } from '../testing/own-network.test.ts';
import { makeRuncFolder, type RuncFolder } from '../testing/runc.test.ts';
import { readHierarchy } from '../node/cgroup-hierarchy.ts';
import { writesOf } from '../node/cgroup-plan.ts';

const PATIENCE_MS = 60_000;

inOwnNetwork(import.meta.url, 'what a node limits and what its kernel gives, for real containers', () => {
  describe('limits and security of real containers', () => {
    let folder: RuncFolder;
    let node: TestNode;
    before(async () => {
      folder = await makeRuncFolder();
      node = await openNode({
        runtime: await openRunc(folder.config),
        kubelet: {
          cgroupRoot: folder.config.cgroupRoot,
          podPidsLimit: 64,
          kubeReserved: { memory: '64Mi' },
          evictionMonitorSeconds: 0.5,
          allowedUnsafeSysctls: ['kernel.msg*'],
        },
      });
      await fs.mkdir(path.join(node.rootDir, 'seccomp'), { recursive: true });
      const profile = {
        defaultAction: 'SCMP_ACT_ALLOW',
        syscalls: [{ names: ['mkdir', 'mkdirat'], action: 'SCMP_ACT_ERRNO' }],
      };
      await fs.writeFile(path.join(node.rootDir, 'seccomp/no-mkdir.json'), JSON.stringify(profile));
    });
    after(async () => {
      await node.close();
      await folder.remove();
    });

    const ended = (name: string): Promise<Pod> =>
      eventuallyPod(
        node,
        name,
        'has ended',
        ({ status }) => ['Succeeded', 'Failed'].includes(status.phase ?? ''),
        PATIENCE_MS,
      );
    const running = (name: string): Promise<Pod> =>
      eventuallyPod(node, name, 'is Running', ({ status }) => status.phase === 'Running', PATIENCE_MS);
    /** What a script printed that ran to its end. */
    const printed = async (
      name: string,
      script: string,
      rest: { spec?: PodSpecInput; container?: object } = {},
    ): Promise<string> => {
      await node.runPod(name, { restartPolicy: 'Never', ...rest.spec, containers: [shell(script, rest.container)] });
      const pod = await ended(name);
      const log = path.join(node.rootDir, 'pods', pod.metadata.uid, 'logs/main/0.log');
      const lines = (await fs.readFile(log, 'utf8').catch(() => '')).split('\n').filter(Boolean);
      return lines.map((line) => line.split(' ').slice(3).join(' ')).join('\n');
    };
    const refused = async (name: string, spec: PodSpecInput): Promise<[string | undefined, string | undefined]> => {
      await node.runPod(name, { containers: [shell('sleep infinity')], ...spec });
      const { status } = await ended(name);
      return [status.reason, status.message];
    };

    it('a pod has a control group with what its containers may use together', async () => {
      const limits = { cpu: '250m', memory: '24Mi' };
      await node.runPod('limited', {
        containers: [
          shell('sleep infinity', { resources: { limits } }),
          shell('sleep infinity', { name: 'b', resources: { limits } }),
        ],
      });
      const pod = await running('limited');
      const hierarchy = readHierarchy();
      const group = path.join(folder.config.cgroupRoot, 'kubepods', `pod${pod.metadata.uid}`);
      const wanted = writesOf(hierarchy.version, { cpuShares: 512, cpuQuota: 50_000, memoryBytes: 48 << 20, pids: 64 });
      for (const { controller, file, value } of wanted) {
        const text = await fs.readFile(path.join(hierarchy.folderOf(controller) ?? '', group, file), 'utf8');
        assert.equal(text.trim(), value, file);
      }
      const node0 = path.join(hierarchy.folderOf('memory') ?? '', folder.config.cgroupRoot, 'kubepods');
      const all = hierarchy.version === 1 ? 'memory.limit_in_bytes' : 'memory.max';
      const bytes = Number(await fs.readFile(path.join(node0, all), 'utf8'));
      const { MemTotal = '0' } = Object.fromEntries(
        (await fs.readFile('/proc/meminfo', 'utf8')).split('\n').map((line) => line.split(/:\s+/)),
      ) as { MemTotal?: string };
      assert.equal(bytes, Number.parseInt(MemTotal, 10) * 1024 - (64 << 20));
    });

    it('a pod cannot have more processes than it may', async () => {
      const script = 'i=0; while [ $i -lt 80 ]; do sleep 20 & i=$((i+1)); done; echo all';
      assert.match(await printed('forks', script), /can't fork/);
    });

    it('a pod of its own limits keeps containers without any within them', async () => {
      await node.runPod('whole', {
        restartPolicy: 'Never',
        resources: { limits: { memory: '16Mi' } },
        containers: [shell('x=a; while true; do x=$x$x; done')],
      });
      const pod = await ended('whole');
      assert.deepEqual(
        [statusOf(pod)?.state.terminated?.reason, statusOf(pod)?.state.terminated?.exitCode],
        ['OOMKilled', 137],
      );
    });

    const outgrown: [what: string, spec: PodSpecInput, container: object, message: string][] = [
      [
        'layer',
        {},
        { resources: { limits: { 'ephemeral-storage': '2Mi' } } },
        'Pod ephemeral local storage usage exceeds the total limit of containers 2Mi. ',
      ],
      [
        'volume',
        { volumes: [{ name: 'v', emptyDir: { sizeLimit: '1Mi' } }] },
        { volumeMounts: [{ name: 'v', mountPath: '/data' }] },
        'Usage of EmptyDir volume "v" exceeds the limit "1Mi". ',
      ],
    ];
    for (const [what, spec, container, message] of outgrown)
      it(`a pod that outgrows its storage is evicted: ${what}`, async () => {
        const script = 'mkdir -p /data; dd if=/dev/zero of=/data/x bs=1M count=4 2>/dev/null; sleep infinity';
        await node.runPod(`full-${what}`, { ...spec, containers: [shell(script, container)] });
        const { status } = await ended(`full-${what}`);
        assert.deepEqual([status.phase, status.reason, status.message], ['Failed', 'Evicted', message]);
        await eventually('an event says so', async () => {
          const fieldSelector = `involvedObject.name=full-${what}`;
          const { items } = await node.client.events.list({ namespace: 'default', fieldSelector });
          return items.some((event) => event.reason === 'Evicted' && event.message === message);
        });
      });

    it('unsafe sysctls are refused, or set where they are allowed', async () => {
      const sysctls = (name: string, value: string): PodSpecInput => ({
        securityContext: { sysctls: [{ name, value }] },
      });
      assert.deepEqual(await refused('unsafe', sysctls('kernel.sem', '1')), [
        'SysctlForbidden',
        'Pod was rejected: forbidden sysctl: "kernel.sem" not allowlisted',
      ]);
      const spec = sysctls('kernel.msgmax', '65000');
      assert.equal(await printed('allowed', 'cat /proc/sys/kernel/msgmax', { spec }), '65000');
    });

    it('a seccomp profile of the node is in force, and one that is not there keeps the container from its start', async () => {
      const seccomp = (localhostProfile: string): object => ({
        securityContext: { seccompProfile: { type: 'Localhost', localhostProfile } },
      });
      assert.match(
        await printed('filtered', 'mkdir /x', { container: seccomp('no-mkdir.json') }),
        /can't create directory '\/x': Operation not permitted/,
      );
      await node.runPod('unfiltered', { containers: [shell('true', seccomp('missing.json'))] });
      const is = (pod: Pod): boolean => statusOf(pod)?.state.waiting?.reason === 'CreateContainerError';
      const pod = await eventuallyPod(node, 'unfiltered', 'is refused', is, PATIENCE_MS);
      assert.match(
        statusOf(pod)?.state.waiting?.message ?? '',
        /cannot read seccomp profile .*\/seccomp\/missing\.json/,
      );
    });

    it('an AppArmor profile is refused where nobody would enforce it', async () => {
      const enabled = await fs.readFile('/sys/module/apparmor/parameters/enabled', 'utf8').catch(() => 'N');
      const spec: PodSpecInput = { securityContext: { appArmorProfile: { type: 'RuntimeDefault' } } };
      if (enabled.trim() === 'Y') return void (await printed('profiled', 'true', { spec }));
      assert.deepEqual(await refused('profiled', spec), [
        'AppArmor',
        'Pod was rejected: Cannot enforce AppArmor: AppArmor is not enabled on the host',
      ]);
    });

    it('user namespaces are refused as by any runtime without them', async () => {
      await node.runPod('mapped', { hostUsers: false, containers: [shell('sleep infinity')] });
      await eventually(
        'an event says so',
        async () => {
          const { items } = await node.client.events.list({
            namespace: 'default',
            fieldSelector: 'involvedObject.name=mapped',
          });
          return items.some(
            ({ reason, message }) =>
              reason === 'FailedCreatePodSandBox' &&
              message?.endsWith('RuntimeClass handler "" does not support user namespaces'),
          );
        },
        PATIENCE_MS,
      );
    });

    it('root is refused to a pod that may not run as root, however it comes to it', async () => {
      const wait = async (name: string, securityContext: object): Promise<string> => {
        await node.runPod(name, { containers: [shell('true', { securityContext })] });
        const is = (pod: Pod): boolean => statusOf(pod)?.state.waiting?.reason === 'CreateContainerConfigError';
        return statusOf(await eventuallyPod(node, name, 'is refused', is, PATIENCE_MS))?.state.waiting?.message ?? '';
      };
      const where = /\(pod: "nonroot[ab]_default\([-0-9a-f]+\)", container: main\)$/;
      const image = await wait('nonroota', { runAsNonRoot: true });
      assert.match(image, /^container has runAsNonRoot and image will run as root /);
      assert.match(image, where);
      const user = await wait('nonrootb', { runAsNonRoot: true, runAsUser: 0 });
      assert.match(user, /^container's runAsUser breaks non-root policy /);
      assert.match(user, where);
    });

    it('the status tells who a container runs as', async () => {
      const securityContext = {
        runAsUser: 1000,
        runAsGroup: 3000,
        supplementalGroups: [4000],
        supplementalGroupsPolicy: 'Strict' as const,
      };
      await printed('who', 'id', { spec: { securityContext } });
      assert.deepEqual(statusOf(await node.getPod('who'))?.user, {
        linux: { uid: 1000, gid: 3000, supplementalGroups: [3000, 4000] },
      });
    });

    it('what is mounted below a volume is read-only too where that was asked for', async () => {
      const top = path.join(node.rootDir, 'rro');
      await fs.mkdir(path.join(top, 'below'), { recursive: true });
      execFileSync('mount', ['-t', 'tmpfs', 'tmpfs', path.join(top, 'below')]);
      try {
        const spec: PodSpecInput = { volumes: [{ name: 'v', hostPath: { path: top } }] };
        const mounts = (recursiveReadOnly?: 'Enabled'): object => ({
          volumeMounts: [
            { name: 'v', mountPath: '/v', readOnly: true, ...(recursiveReadOnly && { recursiveReadOnly }) },
          ],
        });
        const script = 'touch /v/below/x 2>/dev/null && echo written || echo refused';
        assert.equal(await printed('rro-off', script, { spec, container: mounts() }), 'written');
        assert.equal(await printed('rro-on', script, { spec, container: mounts('Enabled') }), 'refused');
        const [mounted] = statusOf(await node.getPod('rro-on'))?.volumeMounts ?? [];
        assert.equal(mounted?.recursiveReadOnly, 'Enabled');
      } finally {
        execFileSync('umount', [path.join(top, 'below')]);
      }
    });

    it('mounts pass into a container and out of it as asked', async () => {
      const top = path.join(node.rootDir, 'shared');
      await fs.mkdir(path.join(top, 'in'), { recursive: true });
      execFileSync('mount', ['--bind', top, top]);
      execFileSync('mount', ['--make-shared', top]);
      try {
        const volumes = [{ name: 'v', hostPath: { path: top } }];
        const mount = (mountPropagation: 'HostToContainer' | 'Bidirectional'): object => ({
          volumeMounts: [{ name: 'v', mountPath: '/v', mountPropagation }],
        });
        const privileged = { securityContext: { privileged: true } };
        const out = 'mkdir -p /v/out && mount -t tmpfs x /v/out && touch /v/out/seen && sleep infinity';
        await node.runPod('inward', {
          volumes,
          containers: [shell('until test -e /v/in/seen; do sleep 0.1; done', mount('HostToContainer'))],
          restartPolicy: 'Never',
        });
        await node.runPod('outward', {
          volumes,
          containers: [shell(out, { ...mount('Bidirectional'), ...privileged })],
        });
        await Promise.all([running('inward'), running('outward')]);
        execFileSync('mount', ['-t', 'tmpfs', 'tmpfs', path.join(top, 'in')]);
        await fs.writeFile(path.join(top, 'in/seen'), '');
        assert.equal((await ended('inward')).status.phase, 'Succeeded');
        await eventually('the mount of the container is seen outside', () =>
          fs.stat(path.join(top, 'out/seen')).then(
            () => true,
            () => false,
          ),
        );
      } finally {
        execFileSync('umount', ['-R', top]);
      }
    });

    it('the files of an image are a volume', async () => {
      const spec: PodSpecInput = {
        volumes: [{ name: 'v', image: { reference: 'busybox', pullPolicy: 'IfNotPresent' } }],
      };
      const container = {
        volumeMounts: [
          { name: 'v', mountPath: '/image' },
          { name: 'v', mountPath: '/part', subPath: 'bin' },
        ],
      };
      const script =
        'test -e /image/bin/busybox && test -e /part/busybox && touch /image/x 2>/dev/null || echo read-only';
      assert.equal(await printed('imagevolume', script, { spec, container }), 'read-only');
    });

    it('a volume of huge pages is one, and its pages have to be there for a pod that asks for some', async (t) => {
      if (!(await hasHugepages())) return t.skip('this kernel has no pages of 2 MiB');
      const spec: PodSpecInput = { volumes: [{ name: 'v', emptyDir: { medium: 'HugePages-2Mi' } }] };
      const container = { volumeMounts: [{ name: 'v', mountPath: '/v' }] };
      assert.match(
        await printed('hugemount', 'mount | grep " /v "', { spec, container }),
        /type hugetlbfs .*pagesize=2M/,
      );
      const limits = { 'hugepages-2Mi': '1024Gi', memory: '16Mi' };
      const [reason] = await refused('huge', {
        containers: [shell('true', { resources: { limits, requests: limits } })],
      });
      assert.equal(reason, 'OutOfhugepages-2Mi');
    });

    it('a hostname that is too long as a full name keeps the pod from its sandbox', async () => {
      await node.runPod('fqdn', {
        hostname: 'h'.repeat(40),
        subdomain: 'sub',
        setHostnameAsFQDN: true,
        containers: [shell('sleep infinity')],
      });
      await eventually(
        'an event says so',
        async () => {
          const { items } = await node.client.events.list({
            namespace: 'default',
            fieldSelector: 'involvedObject.name=fqdn',
          });
          return items.some(({ message }) => message?.includes('is too long (64 characters is the max, '));
        },
        PATIENCE_MS,
      );
    });
  });
});

const hasHugepages = (): Promise<boolean> =>
  fs.access('/sys/kernel/mm/hugepages/hugepages-2048kB').then(
    () => true,
    () => false,
  );
