import assert from 'node:assert/strict';
import fs from 'node:fs/promises';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { ContainerStatus, Pod } from '@mkube/api';
import { buildTar, type ImageFile, mountsUnder, openImageStore } from '@mkube/runtime';
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
import { layerEndingWith, startTestRegistry, type TestRegistry } from '../testing/registry.test.ts';
import { makeRuncFolder, processesOf, type RuncFolder } from '../testing/runc.test.ts';

const MiB = 1024 * 1024;
const PATIENCE_MS = 60_000;

inOwnNetwork(
  import.meta.url,
  'bad input gets the status and events that Kubernetes gives it, and leaves nothing',
  () => {
    describe('bad input', () => {
      let folder: RuncFolder;
      let node: TestNode;
      let registry: TestRegistry;
      before(async () => {
        registry = await startTestRegistry();
        folder = await makeRuncFolder({ imagesBytes: 24 * MiB });
        const runtime = await openRunc(folder.config, { pulls: true });
        node = await openNode({ runtime, kubelet: { cgroupRoot: folder.config.cgroupRoot } });
      });
      after(async () => {
        await node.close();
        await registry.close();
        await folder.remove();
      });

      const waitingFor = async (name: string, reason: string): Promise<ContainerStatus> => {
        const is = (pod: Pod): boolean => statusOf(pod)?.state.waiting?.reason === reason;
        const pod = await eventuallyPod(node, name, `waits with ${reason}`, is, PATIENCE_MS);
        const status = statusOf(pod);
        assert.ok(status);
        return status;
      };
      const said = async (name: string, reason: string, message: RegExp): Promise<void> => {
        await eventually(
          `an event of ${name} says ${reason} ${message}`,
          async () => {
            const fieldSelector = `involvedObject.name=${name}`;
            const { items } = await node.client.events.list({ namespace: 'default', fieldSelector });
            return items.some((event) => event.reason === reason && message.test(event.message ?? ''));
          },
          PATIENCE_MS,
        );
      };
      const run = (name: string, container: object, spec: PodSpecInput = {}): Promise<Pod> =>
        node.runPod(name, { ...spec, containers: [{ ...shell('sleep infinity'), ...container }] });
      /** Pulls it and says why that cannot be. */
      const refuses = async (name: string, message: RegExp): Promise<void> => {
        await run(name, { image: `${registry.host}/${name}` });
        const { state } = await waitingFor(name, 'ErrImagePull');
        assert.match(state.waiting?.message ?? '', message);
        await waitingFor(name, 'ImagePullBackOff');
        await said(name, 'Failed', /^Failed to pull image "localhost:\d+\/.*": /);
        await said(name, 'Failed', /^Error: ErrImagePull$/);
        await said(name, 'BackOff', /^Back-off pulling image "localhost:/);
        await said(name, 'Failed', /^Error: ImagePullBackOff$/);
      };

      describe('of each kind', { concurrency: 8 }, () => {
        it('an image that is nowhere', () => refuses('nowhere', /nowhere: not found/));

        it('an image whose layer is not what its digest says', async () => {
          const layer = buildTar([{ path: 'big', content: Buffer.alloc(300_000, 'x') }]);
          const spoil = (bytes: Buffer): Buffer => Buffer.from(bytes.map((byte, at) => (at === 400 ? byte ^ 1 : byte)));
          registry.push('corrupt', layer, { spoil });
          await refuses('corrupt', /damaged image|incorrect data check|invalid/);
        });

        it('an image that is cut short', async () => {
          registry.push('short', buildTar([{ path: 'a', content: Buffer.alloc(90_000) }]), {
            spoil: (bytes) => bytes.subarray(0, 40),
          });
          await refuses('short', /broke off|ended early/);
        });

        it('a layer that climbs out of its root', async () => {
          registry.push('climbs', buildTar([{ path: '../../escaped', content: 'x' }]));
          await refuses('climbs', /unsafe image layer: "\.\.\/\.\.\/escaped" leads out of its root/);
        });

        it('a layer with a hard link to a file of the host', async () => {
          const last: ImageFile = { path: 'passwd', link: '/etc/passwd' };
          registry.push('hardlink', layerEndingWith('1', [{ path: 'x', content: 'x' }], last));
          await refuses('hardlink', /unsafe image layer: "passwd" is a hard link to no file of its layer/);
        });

        it('absolute names, links to the outside and device nodes stay inside, or out', async () => {
          const { files } = await busybox();
          const outside = path.join(folder.config.root, 'outside');
          await fs.mkdir(outside, { recursive: true });
          const layer = layerEndingWith(
            '3',
            [
              ...files,
              { path: '/absolute', content: 'inside' },
              { path: 'way', link: outside },
              { path: 'way/through', content: 'inside' },
            ],
            { path: 'dev-node', link: '' },
          );
          registry.push('inside', layer);
          const script = `cat /absolute; echo; cat ${outside}/through; echo; ls -d /dev-node || echo none`;
          await run(
            'inside',
            { image: `${registry.host}/inside`, command: ['sh', '-c', script] },
            { restartPolicy: 'Never' },
          );
          const pod = await eventuallyPod(
            node,
            'inside',
            'has ended',
            ({ status }) => status.phase === 'Succeeded',
            PATIENCE_MS,
          );
          const log = path.join(node.rootDir, 'pods', pod.metadata.uid, 'logs/main/0.log');
          assert.match(await fs.readFile(log, 'utf8'), /inside[^]*inside[^]* none\n/);
          assert.deepEqual(await fs.readdir(outside), []);
        });

        it('an image name that is none', async () => {
          await run('badname', { image: 'UPPER//case' });
          const { state } = await waitingFor('badname', 'InvalidImageName');
          const why = `Failed to apply default image tag "UPPER//case": couldn't parse image name "UPPER//case": invalid reference format`;
          assert.equal(state.waiting?.message, why);
          await said('badname', 'InspectFailed', /^Failed to apply default image tag "UPPER\/\/case"/);
          await said('badname', 'Failed', /^Error: InvalidImageName$/);
        });

        it('an image that may not be pulled', async () => {
          await run('never', { image: 'not-here', imagePullPolicy: 'Never' });
          const { state } = await waitingFor('never', 'ErrImageNeverPull');
          assert.equal(state.waiting?.message, 'Container image "not-here" is not present with pull policy of Never');
          await said(
            'never',
            'ErrImageNeverPull',
            /^Container image "not-here" is not present with pull policy of Never$/,
          );
          await said('never', 'Failed', /^Error: ErrImageNeverPull$/);
        });

        it('a command that is not there', async () => {
          await run('nocommand', { command: ['nope'] });
          const isTold = (pod: Pod): boolean => statusOf(pod)?.lastState.terminated !== undefined;
          const status = statusOf(await eventuallyPod(node, 'nocommand', 'was tried', isTold, PATIENCE_MS));
          const { exitCode, reason, message = '' } = status?.lastState.terminated ?? {};
          assert.deepEqual([exitCode, reason], [128, 'StartError']);
          assert.match(message, /exec: "nope": executable file not found in \$PATH/);
          assert.match(status?.state.waiting?.reason ?? '', /^(RunContainerError|CrashLoopBackOff)$/);
          await waitingFor('nocommand', 'CrashLoopBackOff');
          await said('nocommand', 'Failed', /^Error: .*exec: "nope": executable file not found in \$PATH/);
          await said('nocommand', 'BackOff', /^Back-off restarting failed container main in pod nocommand_default\(/);
        });

        it('a working folder that is a file', async () => {
          await run('nofolder', { workingDir: '/bin/busybox' });
          const isTold = (pod: Pod): boolean => statusOf(pod)?.lastState.terminated?.reason === 'StartError';
          await eventuallyPod(node, 'nofolder', 'was tried', isTold, PATIENCE_MS);
        });

        it('configuration that is missing', async () => {
          await node.client.configMaps.create({ metadata: { name: 'there', namespace: 'default' }, data: { a: '1' } });
          const keyRef = (name: string): object => ({
            env: [{ name: 'X', valueFrom: { configMapKeyRef: { name, key: 'x' } } }],
          });
          await run('nokey', keyRef('there'));
          await run('nomap', keyRef('missing'));
          await run('nosecret', { envFrom: [{ secretRef: { name: 'missing' } }] });
          const reasons: [name: string, message: string][] = [
            ['nokey', `couldn't find key x in ConfigMap default/there`],
            ['nomap', 'configmap "missing" not found'],
            ['nosecret', 'secret "missing" not found'],
          ];
          for (const [name, message] of reasons) {
            const { state } = await waitingFor(name, 'CreateContainerConfigError');
            assert.equal(state.waiting?.message, message);
            await said(name, 'Failed', new RegExp(`^Error: ${message}$`));
          }
        });

        it('a volume whose configuration is missing', async () => {
          const volumes = [{ name: 'v', configMap: { name: 'missing' } }];
          await run('novolume', { volumeMounts: [{ name: 'v', mountPath: '/v' }] }, { volumes });
          await waitingFor('novolume', 'ContainerCreating');
          await said(
            'novolume',
            'FailedMount',
            /^MountVolume\.SetUp failed for volume "v" : configmap "missing" not found$/,
          );
        });
      });

      it('an image that the disk has no room for, and what is there goes on', async () => {
        registry.push('huge', buildTar([{ path: 'huge', content: Buffer.alloc(40 * MiB) }]));
        await refuses('huge', /no space left on device/i);
        await run('still', { command: ['true'] }, { restartPolicy: 'Never' });
        await eventuallyPod(node, 'still', 'has run', ({ status }) => status.phase === 'Succeeded', PATIENCE_MS);
        await node.client.pods.delete({ namespace: 'default', name: 'huge' }, { gracePeriodSeconds: 0 });
        const staged = path.join(folder.config.imageRoot, 'tmp');
        await eventually('nothing of it is kept', async () => (await fs.readdir(staged)).length === 0, PATIENCE_MS);
      });

      it('and when all of it is deleted nothing is left', async () => {
        const { items } = await node.client.pods.list({ namespace: 'default' });
        for (const { metadata } of items) await node.client.pods.delete(metadata, { gracePeriodSeconds: 0 });
        const { root, imageRoot, cgroupRoot } = folder.config;
        await eventually(
          'the pods are gone',
          async () => (await fs.readdir(path.join(node.rootDir, 'pods'))).length === 0,
          PATIENCE_MS,
        );
        await eventually(
          'their sandboxes are gone',
          async () => (await node.runtime.listPodSandboxes()).length === 0,
          PATIENCE_MS,
        );
        assert.deepEqual(await fs.readdir(path.join(root, 'live/containers')), []);
        assert.deepEqual(await fs.readdir(path.join(imageRoot, 'uses')), []);
        assert.deepEqual(await fs.readdir(path.join(imageRoot, 'tmp')), []);
        assert.deepEqual(await processesOf(`${root}/live/containers`), []);
        // sandboxes that are kept warm have theirs
        const mounts = mountsUnder(root).filter((mount) => !mount.includes('/sandboxes/'));
        assert.deepEqual(mounts, []);
        assert.deepEqual(mountsUnder(node.rootDir), []);
        assert.deepEqual(await podGroups(cgroupRoot), []);
      });

      const busybox = async (): Promise<{ files: ImageFile[] }> => {
        const { layerPaths } = openImageStore(folder.config.imageRoot).resolve('busybox');
        const bin = path.join(layerPaths[0] ?? '', 'bin');
        const content = await fs.readFile(path.join(bin, 'busybox'));
        const links = ['sh', 'cat', 'ls', 'echo'].map((name) => ({ path: `bin/${name}`, link: 'busybox' }));
        return { files: [{ path: 'bin/', directory: true }, { path: 'bin/busybox', content, mode: 0o755 }, ...links] };
      };
    });
  },
);

/** Groups of pods, in every tree of the machine. */
async function podGroups(cgroupRoot: string): Promise<string[]> {
  const trees = await fs.readdir('/sys/fs/cgroup');
  const folders = ['', 'burstable', 'besteffort'].flatMap((qos) =>
    [...trees, ''].map((tree) => path.join('/sys/fs/cgroup', tree, cgroupRoot, 'kubepods', qos)),
  );
  const found = await Promise.all(folders.map((folder) => fs.readdir(folder).catch(() => [])));
  return found.flat().filter((name) => name.startsWith('pod'));
}
