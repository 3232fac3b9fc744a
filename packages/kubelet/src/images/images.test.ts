import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { createManualClock } from '@mkube/client';
import { createFakeRuntime, type RegistryAuth, type Runtime, RuntimeError } from '@mkube/runtime';
import type { Objects } from '../objects.ts';
import { mainContainersOf } from '../pods/spec.ts';
import { containerOf, podOf } from '../testing/pods.test.ts';
import { createImages } from './images.ts';
import { createPullRecords } from './pull-records.ts';

const { signal } = new AbortController();

describe('an image before its container', () => {
  let folder = '';
  beforeEach(() => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), 'mkube-images-'));
  });
  afterEach(() => fs.rmSync(folder, { recursive: true, force: true }));

  /** `fails`: what the registry says to a pull. */
  const open = (fails: (auth?: RegistryAuth) => boolean = () => false) => {
    const clock = createManualClock();
    const pulled: [reference: string, auth: RegistryAuth | undefined][] = [];
    const events: string[] = [];
    const fake = createFakeRuntime({ images: ['busybox'] });
    const runtime: Runtime = {
      ...fake,
      supports: { ...fake.supports, pull: true },
      async pullImage(reference, options) {
        pulled.push([reference, options.auth]);
        if (fails(options.auth)) throw new RuntimeError('ImageNotFound', `${reference}: not found`);
        return fake.pullImage(reference, options);
      },
    };
    /** A secret's name is the user's. */
    const secretOf = (namespace: string, name: string): object => {
      const auths = { 'r.test': { username: name, password: 'p' } };
      const data = { '.dockerconfigjson': Buffer.from(JSON.stringify({ auths })).toString('base64') };
      return { metadata: { namespace, name, uid: `${namespace}/${name}` }, data };
    };
    const records = createPullRecords({ folder, policy: 'NeverVerifyPreloadedImages', allowlist: [] });
    const images = createImages({
      runtime,
      clock,
      records,
      objects: { secret: async (namespace: string, name: string) => secretOf(namespace, name) } as unknown as Objects,
      events: {
        ofPod: () => undefined,
        ofContainer: (_pod, _container, event) => void events.push(`${event.reason} ${event.message}`),
      },
    });
    const ensure = async (container: object, spec: object = {}): Promise<string | undefined> => {
      const pod = podOf({ ...spec, containers: [containerOf('app', container)] } as never);
      const [main] = mainContainersOf(pod);
      assert.ok(main);
      const failed = await images.ensure(pod, main, signal).then(
        () => undefined,
        (error: { reason: string; message: string }) => `${error.reason}: ${error.message}`,
      );
      return failed;
    };
    return { clock, pulled, events, ensure };
  };

  it('is pulled as its policy says', async () => {
    const { pulled, ensure, events } = open();
    assert.equal(await ensure({ image: 'busybox', imagePullPolicy: 'IfNotPresent' }), undefined);
    assert.equal(await ensure({ image: 'busybox', imagePullPolicy: 'Never' }), undefined);
    assert.equal(pulled.length, 0);
    assert.equal(
      events[0],
      'Pulled Container image "busybox" already present on machine and can be accessed by the pod',
    );
    await ensure({ image: 'busybox', imagePullPolicy: 'Always' });
    await ensure({ image: 'other', imagePullPolicy: 'IfNotPresent' });
    assert.deepEqual(
      pulled.map(([reference]) => reference),
      ['busybox', 'other'],
    );
    assert.match(
      events.at(-1) ?? '',
      /^Pulled Successfully pulled image "other" in \d+ms \(\d+ms including waiting\)\. Image size: \d+ bytes\.$/,
    );
  });

  it('is pulled with the secrets of its pod', async () => {
    const { pulled, ensure } = open();
    await ensure({ image: 'r.test/app' }, { imagePullSecrets: [{ name: 'me' }] });
    assert.deepEqual(pulled, [['r.test/app', { username: 'me', password: 'p' }]]);
  });

  it('that was pulled with a secret runs for no pod without, and is not even there for it', async () => {
    const { pulled, ensure } = open((auth) => auth?.username !== 'me');
    const withMine = { imagePullSecrets: [{ name: 'me' }] };
    const image = { image: 'r.test/app', imagePullPolicy: 'IfNotPresent' };
    assert.equal(await ensure(image, withMine), undefined);
    assert.equal(await ensure(image, withMine), undefined);
    assert.equal(pulled.length, 1);
    assert.match((await ensure(image)) ?? '', /^ErrImagePull/);
    assert.match(
      (await ensure(image, { imagePullSecrets: [{ name: 'other' }] })) ?? '',
      /^(ErrImagePull|ImagePullBackOff)/,
    );
    assert.equal(
      await ensure({ ...image, imagePullPolicy: 'Never' }),
      'ErrImageNeverPull: Container image "r.test/app" is not present with pull policy of Never',
    );
    assert.equal(await ensure({ ...image, imagePullPolicy: 'Never' }, withMine), undefined);
  });

  it('is pulled with the next credentials where the registry takes none of the first', async () => {
    const { pulled, ensure } = open((auth) => auth?.username !== 'me');
    const secrets = { imagePullSecrets: [{ name: 'stale' }, { name: 'me' }] };
    assert.equal(await ensure({ image: 'r.test/app' }, secrets), undefined);
    assert.deepEqual(
      pulled.map(([, auth]) => auth?.username),
      ['stale', 'me'],
    );
    assert.equal(await ensure({ image: 'r.test/app' }, { imagePullSecrets: [{ name: 'me' }] }), undefined);
    assert.match(
      (await ensure({ image: 'r.test/app' }, { imagePullSecrets: [{ name: 'stale' }] })) ?? '',
      /^ErrImagePull/,
    );
  });

  it('that cannot be had is tried again after 10 s, 20 s and so on, and says so', async () => {
    const { clock, pulled, events, ensure } = open(() => true);
    const image = { image: 'gone:1' };
    assert.equal(await ensure(image), 'ErrImagePull: gone:1: not found');
    assert.equal(
      await ensure(image),
      'ImagePullBackOff: Back-off pulling image "gone:1": ErrImagePull: gone:1: not found',
    );
    assert.equal(pulled.length, 1);
    clock.advance(10_000);
    assert.match((await ensure(image)) ?? '', /^ErrImagePull/);
    clock.advance(19_000);
    assert.match((await ensure(image)) ?? '', /^ImagePullBackOff/);
    clock.advance(1000);
    assert.match((await ensure(image)) ?? '', /^ErrImagePull/);
    assert.deepEqual(events.slice(0, 5), [
      'Pulling Pulling image "gone:1"',
      'Failed Failed to pull image "gone:1": gone:1: not found',
      'Failed Error: ErrImagePull',
      'BackOff Back-off pulling image "gone:1"',
      'Failed Error: ImagePullBackOff',
    ]);
  });
});
