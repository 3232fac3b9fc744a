import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createManualClock } from '@mkube/client';
import { createFakeRuntime, type RegistryAuth, type Runtime, RuntimeError } from '@mkube/runtime';
import type { Objects } from '../objects.ts';
import { mainContainersOf } from '../pods/spec.ts';
import { containerOf, podOf } from '../testing/pods.test.ts';
import { createImages } from './images.ts';

const { signal } = new AbortController();

describe('an image before its container', () => {
  const open = (fails: () => boolean = () => false) => {
    const clock = createManualClock();
    const pulled: [reference: string, auth: RegistryAuth | undefined][] = [];
    const events: string[] = [];
    const fake = createFakeRuntime({ images: ['busybox'] });
    const runtime: Runtime = {
      ...fake,
      supports: { ...fake.supports, pull: true },
      async pullImage(reference, options) {
        pulled.push([reference, options.auth]);
        if (fails()) throw new RuntimeError('ImageNotFound', `${reference}: not found`);
        return fake.pullImage(reference, options);
      },
    };
    const auths = { 'r.test': { username: 'me', password: 'p' } };
    const data = { '.dockerconfigjson': Buffer.from(JSON.stringify({ auths })).toString('base64') };
    const images = createImages({
      runtime,
      clock,
      objects: { secret: async () => ({ data }) } as unknown as Objects,
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
    await ensure({ image: 'r.test/app' }, { imagePullSecrets: [{ name: 's' }] });
    await ensure({ image: 'r.test/app' });
    assert.deepEqual(pulled, [['r.test/app', { username: 'me', password: 'p' }]]);
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
