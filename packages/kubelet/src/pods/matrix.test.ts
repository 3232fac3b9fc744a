import assert from 'node:assert/strict';
import fs from 'node:fs/promises';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { Pod } from '@mkube/api';
import type { Input } from '@mkube/apimachinery';
import { parseEntry } from '../server/log-entries.ts';
import { openRunc } from '../testing/kubelet-process.test.ts';
import { conditionOf, eventuallyPod, openNode, type PodSpecInput, shell, type TestNode } from '../testing/node.test.ts';
import { inOwnNetwork } from '../testing/own-network.test.ts';
import { makeRuncFolder, type RuncFolder } from '../testing/runc.test.ts';

interface Case {
  /** Runs in the container called main and prints what is to be seen. */
  script: string;
  spec?: PodSpecInput;
  container?: Input<Pod['spec']['containers'][number]>;
  metadata?: Input<Pod['metadata']>;
  /** Of the container's output. */
  prints?: RegExp;
  phase?: 'Succeeded' | 'Failed';
}

const mount = (name: string, mountPath: string, rest: object = {}) => ({
  volumeMounts: [{ name, mountPath, ...rest }],
});
const volume = (source: object): PodSpecInput => ({ volumes: [{ name: 'v', ...source }] });
const env = (...variables: object[]): Case['container'] => ({ env: variables as never });

/** One feature a line: what is asked for, and what the container sees of it. */
const cases: Record<string, Case> = {
  command: { script: 'echo hi', prints: /^hi$/m },
  'args expand variables': {
    script: 'true',
    container: { ...env({ name: 'A', value: 'x' }), command: ['echo'], args: ['$(A)-$(B)-$$(A)'] },
    prints: /^x-\$\(B\)-\$\(A\)$/m,
  },
  'exit code': { script: 'exit 3', phase: 'Failed' },
  'working dir': { script: 'pwd', container: { workingDir: '/tmp' }, prints: /^\/tmp$/m },
  hostname: { script: 'hostname', spec: { hostname: 'custom' }, prints: /^custom$/m },
  'hostname file': { script: 'cat /etc/hostname', spec: { hostname: 'named' }, prints: /^named$/m },
  subdomain: {
    script: 'cat /etc/hosts',
    spec: { hostname: 'h', subdomain: 'sub' },
    prints: /\th\.sub\.default\.svc\.cluster\.local\th$/m,
  },
  'host aliases': {
    script: 'cat /etc/hosts',
    spec: { hostAliases: [{ ip: '1.2.3.4', hostnames: ['foo', 'bar'] }] },
    prints: /^1\.2\.3\.4\tfoo\tbar$/m,
  },
  'dns none': {
    script: 'cat /etc/resolv.conf',
    spec: {
      dnsPolicy: 'None',
      dnsConfig: { nameservers: ['9.9.9.9'], searches: ['x.y'], options: [{ name: 'ndots', value: '2' }] },
    },
    prints: /search x\.y\nnameserver 9\.9\.9\.9\noptions ndots:2/,
  },
  'field ref': {
    script: 'echo $N $S $U',
    container: env(
      ...['metadata.name', 'metadata.namespace', 'spec.serviceAccountName'].map((fieldPath, i) => ({
        name: 'NSU'[i],
        valueFrom: { fieldRef: { fieldPath } },
      })),
    ),
    prints: /^field-ref default default$/m,
  },
  'label ref': {
    script: 'echo $L',
    metadata: { labels: { 'a/b': 'c' } },
    container: env({ name: 'L', valueFrom: { fieldRef: { fieldPath: "metadata.labels['a/b']" } } }),
    prints: /^c$/m,
  },
  'pod address': {
    script: 'ip -4 addr show eth0 | grep -q "$IP/" && echo same',
    container: env({ name: 'IP', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } }),
    prints: /^same$/m,
  },
  'resource ref': {
    script: 'echo $M',
    container: {
      ...env({ name: 'M', valueFrom: { resourceFieldRef: { resource: 'limits.memory', divisor: '1Mi' } } }),
      resources: { limits: { memory: '24Mi' } },
    },
    prints: /^24$/m,
  },
  'env from config map': {
    script: 'echo $P_key',
    container: { envFrom: [{ prefix: 'P_', configMapRef: { name: 'cm' } }] },
    prints: /^value$/m,
  },
  'env from secret': {
    script: 'echo $password',
    container: { envFrom: [{ secretRef: { name: 'sec' } }] },
    prints: /^s3cret$/m,
  },
  'secret key': {
    script: 'echo $X',
    container: env({ name: 'X', valueFrom: { secretKeyRef: { name: 'sec', key: 'password' } } }),
    prints: /^s3cret$/m,
  },
  'optional key': {
    script: 'echo [$X]',
    container: env({ name: 'X', valueFrom: { configMapKeyRef: { name: 'none', key: 'k', optional: true } } }),
    prints: /^\[\]$/m,
  },
  'no service links': {
    script: 'env | grep -c SERVICE_HOST || true',
    spec: { enableServiceLinks: false },
    prints: /^[01]$/m,
  },
  'empty dir': {
    script: 'echo a > /v/x && cat /v/x',
    spec: volume({ emptyDir: {} }),
    container: mount('v', '/v'),
    prints: /^a$/m,
  },
  'empty dir in memory': {
    script: 'mount | grep " /v "',
    spec: volume({ emptyDir: { medium: 'Memory', sizeLimit: '2Mi' } }),
    container: mount('v', '/v'),
    prints: /tmpfs on \/v type tmpfs .*size=2048k/,
  },
  'read only mount': {
    script: 'touch /v/x || echo refused',
    spec: volume({ emptyDir: {} }),
    container: mount('v', '/v', { readOnly: true }),
    prints: /^refused$/m,
  },
  'config map volume': {
    script: 'cat /v/key; readlink /v/key',
    spec: volume({ configMap: { name: 'cm' } }),
    container: mount('v', '/v'),
    prints: /value\.\.data\/key/,
  },
  'config map items': {
    script: 'stat -Lc %a /v/d/k',
    spec: volume({ configMap: { name: 'cm', items: [{ key: 'key', path: 'd/k', mode: 0o400 }] } }),
    container: mount('v', '/v'),
    prints: /^400$/m,
  },
  'secret volume': {
    script: 'cat /v/password; stat -Lc %a /v/password',
    spec: volume({ secret: { secretName: 'sec', defaultMode: 0o440 } }),
    container: mount('v', '/v'),
    prints: /^s3cret440$/m,
  },
  'optional volume': {
    script: 'ls /v | wc -l',
    spec: volume({ configMap: { name: 'none', optional: true } }),
    container: mount('v', '/v'),
    prints: /^0$/m,
  },
  'downward volume': {
    script: 'cat /v/l /v/c',
    metadata: { labels: { x: 'y' } },
    spec: volume({
      downwardAPI: {
        items: [
          { path: 'l', fieldRef: { fieldPath: 'metadata.labels' } },
          { path: 'c', resourceFieldRef: { containerName: 'main', resource: 'limits.cpu', divisor: '1m' } },
        ],
      },
    }),
    container: { ...mount('v', '/v'), resources: { limits: { cpu: '100m' } } },
    prints: /^x="y"100$/m,
  },
  'projected volume': {
    script: 'cat /v/c/key /v/password /v/n',
    spec: volume({
      projected: {
        sources: [
          { configMap: { name: 'cm', items: [{ key: 'key', path: 'c/key' }] } },
          { secret: { name: 'sec' } },
          { downwardAPI: { items: [{ path: 'n', fieldRef: { fieldPath: 'metadata.name' } }] } },
        ],
      },
    }),
    container: mount('v', '/v'),
    prints: /^values3cretprojected-volume$/m,
  },
  'token volume': {
    script: 'wc -c < /v/t',
    spec: volume({ projected: { sources: [{ serviceAccountToken: { path: 't', audience: 'me' } }] } }),
    container: mount('v', '/v'),
    prints: /^\d{3,}$/m,
  },
  'host path': {
    script: 'ls -d /v/pods',
    spec: volume({ hostPath: { path: 'ROOT', type: 'Directory' } }),
    container: mount('v', '/v'),
    prints: /^\/v\/pods$/m,
  },
  'sub path': {
    script: 'echo x > /v/f; ls /whole/a/b',
    spec: volume({ emptyDir: {} }),
    container: {
      volumeMounts: [
        { name: 'v', mountPath: '/v', subPath: 'a/b' },
        { name: 'v', mountPath: '/whole' },
      ],
    },
    prints: /^f$/m,
  },
  'sub path expression': {
    script: 'ls /whole',
    spec: volume({ emptyDir: {} }),
    container: {
      ...env({ name: 'WHO', value: 'me' }),
      volumeMounts: [
        { name: 'v', mountPath: '/v', subPathExpr: 'for-$(WHO)' },
        { name: 'v', mountPath: '/whole' },
      ],
    },
    prints: /^for-me$/m,
  },
  'sub path of a file': {
    script: 'cat /etc/app.conf',
    spec: volume({ configMap: { name: 'cm' } }),
    container: mount('v', '/etc/app.conf', { subPath: 'key' }),
    prints: /^value$/m,
  },
  'shared between containers': {
    script: 'cat /v/x',
    spec: {
      ...volume({ emptyDir: {} }),
      initContainers: [shell('echo before > /v/x', { name: 'i', ...mount('v', '/v') })],
    },
    container: mount('v', '/v'),
    prints: /^before$/m,
  },
  'run as user': {
    script: 'id -u; id -g',
    spec: { securityContext: { runAsUser: 1000, runAsGroup: 3000 } },
    prints: /^1000\n3000$/m,
  },
  'the container wins': {
    script: 'id -u',
    spec: { securityContext: { runAsUser: 1000 } },
    container: { securityContext: { runAsUser: 2000 } },
    prints: /^2000$/m,
  },
  'supplemental groups': {
    script: 'id -G',
    spec: { securityContext: { supplementalGroups: [4000, 5000], fsGroup: 6000 } },
    prints: /4000 5000 6000/,
  },
  'volume group': {
    script: 'stat -c "%g %a" /v; touch /v/x; stat -c %g /v/x',
    spec: { ...volume({ emptyDir: {} }), securityContext: { fsGroup: 6000, runAsUser: 1000 } },
    container: mount('v', '/v'),
    prints: /^6000 2777\n6000$/m,
  },
  'group of secrets': {
    script: 'cat /v/password',
    spec: {
      ...volume({ secret: { secretName: 'sec', defaultMode: 0o400 } }),
      securityContext: { fsGroup: 6000, runAsUser: 1000 },
    },
    container: mount('v', '/v'),
    prints: /^s3cret/m,
  },
  'read only root': {
    script: 'touch /x || echo refused',
    container: { securityContext: { readOnlyRootFilesystem: true } },
    prints: /^refused$/m,
  },
  'default capabilities': { script: 'grep CapEff /proc/self/status', prints: /CapEff:\s+00000000a80425fb/ },
  'dropped capabilities': {
    script: 'grep CapEff /proc/self/status',
    container: { securityContext: { capabilities: { drop: ['ALL'] } } },
    prints: /CapEff:\s+0000000000000000/,
  },
  'added capabilities': {
    script: 'grep CapEff /proc/self/status',
    container: { securityContext: { capabilities: { drop: ['ALL'], add: ['NET_ADMIN'] } } },
    prints: /CapEff:\s+0000000000001000/,
  },
  'no new privileges': {
    script: 'grep NoNewPrivs /proc/self/status',
    container: { securityContext: { allowPrivilegeEscalation: false } },
    prints: /NoNewPrivs:\s+1/,
  },
  privileged: {
    script: 'mount -t tmpfs x /mnt 2>&1 || mkdir /mnt && mount -t tmpfs x /mnt && echo mounted',
    container: { securityContext: { privileged: true } },
    prints: /^mounted$/m,
  },
  seccomp: {
    script: 'grep Seccomp: /proc/self/status',
    container: { securityContext: { seccompProfile: { type: 'RuntimeDefault' } } },
    prints: /Seccomp:\s+2/,
  },
  'masked paths': { script: 'head -c1 /proc/kcore 2>/dev/null | wc -c', prints: /^0$/m },
  sysctls: {
    script: 'cat /proc/sys/net/ipv4/ip_unprivileged_port_start',
    spec: { securityContext: { sysctls: [{ name: 'net.ipv4.ip_unprivileged_port_start', value: '7' }] } },
    prints: /^7$/m,
  },
  'own processes': { script: 'ls /proc | grep -c "^[0-9]"', prints: /^[1-4]$/m },
  'shared processes': {
    script: 'sleep 0.3; ps | grep -c "[s]leep 77"',
    spec: {
      shareProcessNamespace: true,
      initContainers: [shell('sleep 77', { name: 'other', restartPolicy: 'Always' })],
    },
    prints: /^1$/m,
  },
  'host processes': {
    script: 'test "$(ls /proc | grep -c "^[0-9]")" -gt 10 && echo many',
    spec: { hostPID: true },
    prints: /^many$/m,
  },
  'host network': { script: 'ls /sys/class/net', spec: { hostNetwork: true }, prints: /br0/ },
  'localhost between containers': {
    script: 'sleep 0.3; wget -qO- http://127.0.0.1:8080/',
    spec: {
      initContainers: [
        shell('mkdir /w; echo web > /w/index.html; httpd -f -p 8080 -h /w', { name: 'web', restartPolicy: 'Always' }),
      ],
    },
    prints: /^web$/m,
  },
  'termination message': { script: 'echo -n bye > /dev/termination-log', prints: /^$/ },
  'stderr and stdout': { script: 'echo out; echo err >&2', prints: /out\nerr|err\nout/ },
  'a long line': { script: 'head -c 40000 /dev/zero | tr "\\0" x; echo', prints: /^x{40000}$/m },
  'an exec probe': {
    script: 'touch /ready; sleep 1.5',
    container: { readinessProbe: { exec: { command: ['cat', '/ready'] }, periodSeconds: 1 } },
  },
  'a post start hook': {
    script: 'until cat /tmp/h 2>/dev/null; do sleep 0.1; done',
    container: { lifecycle: { postStart: { exec: { command: ['sh', '-c', 'echo hooked > /tmp/h'] } } } },
    prints: /^hooked$/m,
  },
  'a deadline': {
    script: 'sleep 60',
    spec: { activeDeadlineSeconds: 1, terminationGracePeriodSeconds: 0 },
    phase: 'Failed',
  },
  'restart on failure': {
    script: 'test -f /v/x && echo second && exit 0; touch /v/x; exit 1',
    spec: { ...volume({ emptyDir: {} }), restartPolicy: 'OnFailure' },
    container: mount('v', '/v'),
    prints: /^second$/m,
  },
  'memory limit': {
    script: 'cat /sys/fs/cgroup/memory/memory.limit_in_bytes 2>/dev/null || cat /sys/fs/cgroup/memory.max',
    container: { resources: { limits: { memory: '32Mi' } } },
    prints: /^33554432$/m,
  },
  'cpu limit': {
    script: 'cat /sys/fs/cgroup/cpu/cpu.cfs_quota_us 2>/dev/null || cat /sys/fs/cgroup/cpu.max',
    container: { resources: { limits: { cpu: '200m' } } },
    prints: /^20000/m,
  },
  'termination grace': {
    script: 'sleep 0.1; echo done',
    spec: { terminationGracePeriodSeconds: 5 },
    prints: /^done$/m,
  },
};

inOwnNetwork(import.meta.url, 'each thing that a manifest can ask for', () => {
  describe('what a manifest asks for is what the container sees', () => {
    let folder: RuncFolder;
    let node: TestNode;
    const nameOf = (what: string): string => what.replaceAll(' ', '-');
    before(async () => {
      folder = await makeRuncFolder();
      node = await openNode({
        runtime: await openRunc(folder.config),
        kubelet: { cgroupRoot: folder.config.cgroupRoot },
      });
      const metadata = { namespace: 'default' };
      await node.client.configMaps.create({ metadata: { ...metadata, name: 'cm' }, data: { key: 'value' } });
      await node.client.secrets.create({ metadata: { ...metadata, name: 'sec' }, stringData: { password: 's3cret' } });
      for (const [what, { script, spec, container, metadata: rest }] of Object.entries(cases)) {
        const full = JSON.stringify({ restartPolicy: 'Never', ...spec, containers: [shell(script, container)] });
        await node.runPod(
          nameOf(what),
          JSON.parse(full.replaceAll('"ROOT"', JSON.stringify(node.rootDir))) as PodSpecInput,
          rest,
        );
      }
    });
    after(async () => {
      await node.close();
      await folder.remove();
    });

    const outputOf = async (pod: Pod): Promise<string> => {
      const logs = path.join(node.rootDir, 'pods', pod.metadata.uid, 'logs', 'main');
      const [last = '0.log'] = (await fs.readdir(logs)).toSorted((a, b) => b.localeCompare(a));
      const lines = (await fs.readFile(path.join(logs, last))).toString('latin1').split('\n');
      const entries = lines
        .map((line) => parseEntry(Buffer.from(line, 'latin1')))
        .filter((entry) => entry !== undefined);
      return entries.map(({ text, partial }) => text.toString() + (partial ? '' : '\n')).join('');
    };

    for (const [what, { prints, phase = 'Succeeded' }] of Object.entries(cases)) {
      it(what, async () => {
        const isOver = ({ status }: Pod): boolean => status.phase === 'Succeeded' || status.phase === 'Failed';
        const pod = await eventuallyPod(node, nameOf(what), 'has ended', isOver, 60_000);
        const output = await outputOf(pod).catch(() => '');
        assert.equal(pod.status.phase, phase, `${output}\n${JSON.stringify(pod.status.containerStatuses)}`);
        assert.equal(conditionOf(pod, 'Ready'), 'False');
        if (prints) assert.match(output, prints);
      });
    }
  });
});
