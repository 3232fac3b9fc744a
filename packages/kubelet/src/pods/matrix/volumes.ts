/** Everything that can be mounted, and how. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import fs from 'node:fs/promises';
import net from 'node:net';
import path from 'node:path';
import { promisify } from 'node:util';
import {
  type Case,
  env,
  isRunning,
  mount,
  PLACES,
  type PodSpecInput,
  type Seen,
  shared,
  shell,
  volume,
} from './case.ts';

const run = promisify(execFile);
const V = mount('v', '/v');
const emptyDir = volume({ emptyDir: {} });

const hostPath = (type: string, below = ''): PodSpecInput =>
  volume({ hostPath: { path: `${PLACES.shared}${below}`, type } });

/** Nothing is started: the event says why the volume cannot be mounted. */
const unmountable = (spec: PodSpecInput, message: RegExp): Case => ({
  alone: true,
  script: 'true',
  spec,
  container: V,
  async watch(seen) {
    await seen.untilEvent('FailedMount', message);
    assert.equal((await seen.pod()).status.phase, 'Pending');
  },
});

/** The container reads on while what is mounted changes, and sees it without being started again. */
const follows = (
  file: string,
  spec: PodSpecInput,
  change: (seen: Seen) => Promise<unknown>,
  metadata: object = {},
): Case => ({
  script: `while :; do cat ${file}; echo; sleep 0.2; done`,
  spec,
  metadata,
  container: V,
  async watch(seen) {
    await seen.untilPrints(/before/);
    await change(seen);
    await seen.untilPrints(/after/);
  },
});

const merge = (value: string) => ({ data: { k: value } });

export const volumes: Record<string, Case> = {
  'empty dir': { script: 'echo a > /v/x && cat /v/x', spec: emptyDir, container: V, prints: /^a$/m },
  'empty dir for everybody': { script: 'stat -c %a /v', spec: emptyDir, container: V, prints: /^777$/m },
  'empty dir in memory': {
    script: 'mount | grep " /v "; stat -c "mode %a" /v',
    spec: volume({ emptyDir: { medium: 'Memory', sizeLimit: '2Mi' } }),
    container: V,
    prints: /tmpfs on \/v type tmpfs .*size=2048k[^]*mode 1777/,
  },
  'empty dir in memory is bounded': {
    script: 'head -c 3000000 /dev/zero > /v/x || echo full',
    spec: volume({ emptyDir: { medium: 'Memory', sizeLimit: '1Mi' } }),
    container: V,
    prints: /^full$/m,
  },
  'empty dir outlives a container': {
    alone: true,
    script: 'test -f /v/x && echo still there && exit 0; touch /v/x; exit 1',
    spec: { ...emptyDir, restartPolicy: 'OnFailure' },
    container: V,
    prints: /^still there$/m,
  },
  'read only mount': {
    script: 'touch /v/x || echo refused',
    spec: emptyDir,
    container: mount('v', '/v', { readOnly: true }),
    prints: /^refused$/m,
  },
  'shared between containers': {
    script: 'cat /v/x',
    spec: { ...emptyDir, initContainers: [shell('echo before > /v/x', { name: 'i', ...V })] },
    container: V,
    prints: /^before$/m,
  },
  'config map volume': {
    script: 'cat /v/key; readlink /v/key',
    spec: volume({ configMap: { name: 'cm' } }),
    container: V,
    prints: /value\.\.data\/key/,
  },
  'config map items': {
    alone: true,
    script: 'stat -Lc %a /v/d/k; ls /v',
    spec: volume({ configMap: { name: 'cm', items: [{ key: 'key', path: 'd/k', mode: 0o400 }] } }),
    container: V,
    prints: /^400\nd$/m,
  },
  'config map default mode': {
    alone: true,
    script: 'stat -Lc %a /v/key',
    spec: volume({ configMap: { name: 'cm', defaultMode: 0o640 } }),
    container: V,
    prints: /^640$/m,
  },
  'binary data': {
    alone: true,
    script: 'od -An -tx1 /v/raw',
    spec: volume({ configMap: { name: 'cm' } }),
    container: V,
    prints: /^ 00 ff 80$/m,
  },
  'config maps are read only': {
    script: 'touch /v/x 2>/dev/null || echo refused',
    spec: volume({ configMap: { name: 'cm' } }),
    container: V,
    prints: /^refused$/m,
  },
  'secret volume': {
    script: 'cat /v/password; stat -Lc %a /v/password',
    spec: volume({ secret: { secretName: 'sec', defaultMode: 0o440 } }),
    container: V,
    prints: /^s3cret440$/m,
  },
  'secret items': {
    alone: true,
    script: 'stat -Lc %a /v/here; cat /v/here',
    spec: volume({ secret: { secretName: 'sec', items: [{ key: 'password', path: 'here', mode: 0o400 }] } }),
    container: V,
    prints: /^400\ns3cret$/m,
  },
  'secrets are kept in memory': {
    script: 'mount | grep " /v "',
    spec: volume({ secret: { secretName: 'sec' } }),
    container: V,
    prints: /^tmpfs on \/v type tmpfs/m,
  },
  'tokens are kept in memory': {
    script: 'mount | grep " /v "',
    spec: volume({ projected: { sources: [{ serviceAccountToken: { path: 't' } }] } }),
    container: V,
    prints: /^tmpfs on \/v type tmpfs/m,
  },
  'optional volume': {
    alone: true,
    script: 'ls /v | wc -l',
    spec: volume({ configMap: { name: 'none', optional: true } }),
    container: V,
    prints: /^0$/m,
  },
  'optional secret key': {
    alone: true,
    script: 'ls /v | wc -l',
    spec: volume({ secret: { secretName: 'sec', optional: true, items: [{ key: 'nokey', path: 'p' }] } }),
    container: V,
    prints: /^0$/m,
  },
  'a volume of nothing': unmountable(
    volume({ configMap: { name: 'none' } }),
    /^MountVolume\.SetUp failed for volume "v" : configmap "none" not found$/,
  ),
  'a secret of nothing': unmountable(
    volume({ secret: { secretName: 'none' } }),
    /^MountVolume\.SetUp failed for volume "v" : secret "none" not found$/,
  ),
  'a key of nothing': unmountable(
    volume({ configMap: { name: 'cm', items: [{ key: 'nokey', path: 'p' }] } }),
    /^MountVolume\.SetUp failed for volume "v" : configmap references non-existent config key: nokey$/,
  ),
  'a config map is followed': follows('/v/k', volume({ configMap: { name: 'changing' } }), (seen) =>
    seen.client.configMaps.patch({ namespace: 'default', name: 'changing' }, 'merge', merge('after')),
  ),
  'a secret is followed': follows('/v/k', volume({ secret: { secretName: 'changing' } }), (seen) =>
    seen.client.secrets.patch({ namespace: 'default', name: 'changing' }, 'merge', merge('YWZ0ZXI=')),
  ),
  'labels are followed': follows(
    '/v/l',
    volume({ downwardAPI: { items: [{ path: 'l', fieldRef: { fieldPath: 'metadata.labels' } }] } }),
    async (seen) =>
      seen.client.pods.patch((await seen.pod()).metadata, 'merge', { metadata: { labels: { is: 'after' } } }),
    { labels: { is: 'before' } },
  ),
  'projections are followed': follows(
    '/v/k',
    volume({ projected: { sources: [{ configMap: { name: 'turning' } }] } }),
    (seen) => seen.client.configMaps.patch({ namespace: 'default', name: 'turning' }, 'merge', merge('after')),
  ),
  'downward volume': {
    alone: true,
    script: 'cat /v/l /v/c; stat -Lc %a /v/c',
    metadata: { labels: { x: 'y' } },
    spec: volume({
      downwardAPI: {
        items: [
          { path: 'l', fieldRef: { fieldPath: 'metadata.labels' } },
          {
            path: 'c',
            mode: 0o444,
            resourceFieldRef: { containerName: 'main', resource: 'limits.cpu', divisor: '1m' },
          },
        ],
      },
    }),
    container: { ...V, resources: { limits: { cpu: '100m' } } },
    prints: /^x="y"100444$/m,
  },
  'projected volume': {
    alone: true,
    script: 'cat /v/c/key /v/password /v/n; stat -Lc %a /v/n',
    spec: volume({
      projected: {
        defaultMode: 0o444,
        sources: [
          { configMap: { name: 'cm', items: [{ key: 'key', path: 'c/key' }] } },
          { secret: { name: 'sec' } },
          { downwardAPI: { items: [{ path: 'n', fieldRef: { fieldPath: 'metadata.name' } }] } },
        ],
      },
    }),
    container: V,
    prints: /^values3cretprojected-volume444$/m,
  },
  'token volume': {
    alone: true,
    script: 'cut -d. -f2 /v/t | tr _- /+ | base64 -d 2>/dev/null',
    spec: volume({ projected: { sources: [{ serviceAccountToken: { path: 't', audience: 'me' } }] } }),
    container: V,
    prints: /"aud":\["me"\].*"pod":\{"name":"token-volume"/,
  },
  "a token is its user's alone": {
    alone: true,
    script: 'stat -Lc "%u %a" /v/t; head -c 2 /v/t',
    spec: {
      ...volume({ projected: { sources: [{ serviceAccountToken: { path: 't' } }] } }),
      securityContext: { runAsUser: 1000 },
    },
    container: V,
    prints: /^1000 600\ney$/m,
  },
  "a token is its user's and its group's": {
    alone: true,
    script: 'stat -Lc "%u %g %a" /v/t; head -c 2 /v/t',
    spec: {
      ...volume({ projected: { sources: [{ serviceAccountToken: { path: 't' } }] } }),
      securityContext: { runAsUser: 1000, fsGroup: 6000 },
    },
    container: V,
    prints: /^1000 6000 640\ney$/m,
  },
  'host path': {
    script: 'ls -d /v/pods',
    spec: volume({ hostPath: { path: PLACES.root, type: 'Directory' } }),
    container: V,
    prints: /^\/v\/pods$/m,
  },
  'host path is made': {
    alone: true,
    script: 'stat -c "%F %a" /v',
    spec: hostPath('DirectoryOrCreate', '/new/one'),
    container: V,
    prints: /^directory 755$/m,
  },
  'host file is made': {
    alone: true,
    script: 'stat -c "%F %a" /v',
    spec: hostPath('FileOrCreate', '/file'),
    container: V,
    prints: /^regular empty file 644$/m,
  },
  'host file': {
    script: 'grep -q Name: /v && echo a file',
    spec: volume({ hostPath: { path: '/proc/self/status', type: 'File' } }),
    container: V,
    prints: /^a file$/m,
  },
  'host device': {
    script: 'head -c 3 /v | od -An -tx1',
    spec: volume({ hostPath: { path: '/dev/zero', type: 'CharDevice' } }),
    container: V,
    prints: /^ 00 00 00$/m,
  },
  'host socket': {
    script: 'until test -S /v; do sleep 0.1; done; echo a socket',
    spec: hostPath('Socket', '/s'),
    container: V,
    async watch(seen) {
      const server = net.createServer();
      await new Promise<void>((resolve) => server.listen(path.join(seen.shared, 's'), resolve));
      try {
        await seen.untilPrints(/^a socket$/m);
      } finally {
        server.close();
      }
    },
  },
  'a host path of another type': unmountable(
    volume({ hostPath: { path: '/proc/self/status', type: 'Directory' } }),
    /^MountVolume\.SetUp failed for volume "v" : hostPath type check failed: \/proc\/self\/status is not a directory$/,
  ),
  'a host socket that is none': unmountable(
    volume({ hostPath: { path: '/dev/zero', type: 'Socket' } }),
    /hostPath type check failed: \/dev\/zero is not a socket file$/,
  ),
  'a host device that is none': unmountable(
    volume({ hostPath: { path: '/proc', type: 'BlockDevice' } }),
    /hostPath type check failed: \/proc is not a block device$/,
  ),
  'host path outlives the pod': {
    script: 'echo kept > /v/x',
    spec: shared,
    container: V,
    async watch(seen) {
      await seen.until('has ended', ({ status }) => status.phase === 'Succeeded');
      await seen.remove();
      assert.deepEqual(await seen.lines('x', 1), ['kept']);
    },
  },
  'files of an image': {
    script: 'ls -d /v/bin; touch /v/x 2>/dev/null || echo refused',
    spec: volume({ image: { reference: 'busybox', pullPolicy: 'IfNotPresent' } }),
    container: V,
    needs: ['imageVolumes'],
    prints: /^\/v\/bin\nrefused$/m,
  },
  'read only, all the way down': {
    script: 'touch /v/x 2>/dev/null || echo refused',
    spec: emptyDir,
    container: mount('v', '/v', { readOnly: true, recursiveReadOnly: 'Enabled' }),
    needs: ['recursiveReadOnly'],
    prints: /^refused$/m,
  },
  'claim of a host path': {
    script: 'cat /v/x',
    spec: volume({ persistentVolumeClaim: { claimName: 'of-hostpath' } }),
    container: V,
    prints: /^claimed$/m,
  },
  'claim of a local volume': {
    alone: true,
    script: 'cat /v/x',
    spec: volume({ persistentVolumeClaim: { claimName: 'of-local' } }),
    container: V,
    prints: /^claimed$/m,
  },
  'claim that is only read': {
    script: 'cat /v/x; touch /v/y 2>/dev/null || echo refused',
    spec: volume({ persistentVolumeClaim: { claimName: 'of-hostpath', readOnly: true } }),
    container: V,
    prints: /^claimed\nrefused$/m,
  },
  'a claim of nothing': unmountable(
    volume({ persistentVolumeClaim: { claimName: 'none' } }),
    /persistentvolumeclaim "none" not found/,
  ),
  'sub path': {
    script: 'echo x > /v/f; ls /whole/a/b',
    spec: emptyDir,
    container: {
      volumeMounts: [
        { name: 'v', mountPath: '/v', subPath: 'a/b' },
        { name: 'v', mountPath: '/whole' },
      ],
    },
    prints: /^f$/m,
  },
  'sub path expression': {
    alone: true,
    script: 'ls /whole',
    spec: emptyDir,
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
  'sub path that is only read': {
    script: 'touch /v/x 2>/dev/null || echo refused',
    spec: emptyDir,
    container: mount('v', '/v', { subPath: 'a', readOnly: true }),
    prints: /^refused$/m,
  },
  'a sub path that leads out': {
    script: 'true',
    spec: { ...emptyDir, initContainers: [shell('ln -s /etc /v/out', { name: 'i', ...V })] },
    container: mount('v', '/x', { subPath: 'out' }),
    async watch(seen) {
      await seen.untilEvent('Failed', /subPath/);
    },
  },
  'mounts of the host come in': {
    script: 'until test -f /v/sub/x; do sleep 0.1; done; echo came',
    spec: shared,
    container: mount('v', '/v', { mountPropagation: 'HostToContainer' }),
    needs: ['isolation'],
    async watch(seen) {
      await seen.until('is Running', isRunning);
      const folder = path.join(seen.shared, 'sub');
      await fs.mkdir(folder);
      await run('mount', ['-t', 'tmpfs', 'none', folder]);
      try {
        await fs.writeFile(path.join(folder, 'x'), '');
        await seen.untilPrints(/^came$/m);
      } finally {
        await run('umount', ['-l', folder]);
      }
    },
  },
  'mounts stay out without being asked in': {
    script: 'until test -f /v/go; do sleep 0.1; done; ls /v/sub | wc -l',
    spec: shared,
    container: V,
    needs: ['isolation'],
    async watch(seen) {
      await seen.until('is Running', isRunning);
      const folder = path.join(seen.shared, 'sub');
      await fs.mkdir(folder);
      await run('mount', ['-t', 'tmpfs', 'none', folder]);
      try {
        await fs.writeFile(path.join(folder, 'x'), '');
        await fs.writeFile(path.join(seen.shared, 'go'), '');
        await seen.untilPrints(/^0$/m);
      } finally {
        await run('umount', ['-l', folder]);
      }
    },
  },
  'mounts of a container go out': {
    script:
      'mkdir /v/sub; mount -t tmpfs none /v/sub; touch /v/sub/x; until test -f /v/seen; do sleep 0.1; done; umount /v/sub',
    spec: shared,
    container: { ...mount('v', '/v', { mountPropagation: 'Bidirectional' }), securityContext: { privileged: true } },
    needs: ['isolation', 'privileged'],
    phase: 'Succeeded',
    async watch(seen) {
      await seen.eventually('it is seen outside', () => fs.stat(path.join(seen.shared, 'sub', 'x')));
      await fs.writeFile(path.join(seen.shared, 'seen'), '');
      await seen.until('has ended', ({ status }) => status.phase === 'Succeeded');
    },
  },
};
