/**
 * Sees to it that a container's image is on the node before it starts, as its imagePullPolicy says: one pull of a reference at
 * a time, whoever asks; failures back off per pod and image, 10 s doubling to 5 min. Errors carry the reason a user sees.
 */
import type { Pod, Secret } from '@mkube/api';
import type { Clock } from '@mkube/client';
import { type Image, type RegistryAuth, type Runtime, RuntimeError } from '@mkube/runtime';
import type { PodEvents } from '../events.ts';
import type { Objects } from '../objects.ts';
import type { SpecContainer } from '../pods/spec.ts';
import { StartError } from '../pods/start-error.ts';
import { createPullBackOff } from './back-off.ts';
import { type Credentials, credentialsFor } from './credentials.ts';
import type { PullRecords } from './pull-records.ts';
import { isReference } from './reference.ts';
import { createSharedPulls } from './shared-pulls.ts';

export interface Images {
  /** Resolves when the image is there. Events are recorded once per call. */
  ensure(pod: Pod, container: SpecContainer, signal: AbortSignal): Promise<Image>;
}

export interface ImagesDeps {
  runtime: Runtime;
  objects: Objects;
  records: PullRecords;
  events: PodEvents;
  clock: Clock;
}

/** After ErrImagePull, until the status turns to ImagePullBackOff. */
const SHOWN_MS = 2000;

export function createImages(deps: ImagesDeps): Images {
  const { runtime, records, events, clock } = deps;
  const backOff = createPullBackOff(clock);
  const pulls = createSharedPulls();
  const pullOnce = (reference: string, auth: RegistryAuth | undefined, signal: AbortSignal): Promise<string> =>
    pulls.pull(JSON.stringify([reference, auth]), signal, (shared) =>
      runtime.pullImage(reference, { ...(auth && { auth }), signal: shared }),
    );

  const credentialsOf = async (reference: string, pod: Pod, signal: AbortSignal): Promise<Credentials[]> =>
    credentialsFor(reference, await pullSecretsOf(pod, deps.objects, signal));
  /** With whichever of the pod's credentials the registry takes. */
  const pullWithAny = async (reference: string, known: readonly Credentials[], signal: AbortSignal): Promise<Image> => {
    const [first, ...rest] = known;
    try {
      const image = await inspect(runtime, (await pullOnce(reference, first?.auth, signal)) || reference);
      if (!image) throw new RuntimeError('ImageNotFound', `image ${reference} is gone again`);
      records.pulled(reference, image.id, first);
      return image;
    } catch (cause) {
      signal.throwIfAborted();
      if (rest.length === 0) throw cause;
      return pullWithAny(reference, rest, signal);
    }
  };

  const pull = async (pod: Pod, container: SpecContainer, signal: AbortSignal): Promise<Image> => {
    const reference = container.spec.image ?? '';
    const key = `${pod.metadata.uid} ${reference}`;
    const say = (type: 'Normal' | 'Warning', reason: string, message: string): void =>
      events.ofContainer(pod, container, { type, reason, message });
    const wait = backOff.waitOf(key);
    if (wait) {
      say('Normal', 'BackOff', `Back-off pulling image "${reference}"`);
      say('Warning', 'Failed', 'Error: ImagePullBackOff');
      const message = `Back-off pulling image "${reference}": ${wait.why}`;
      throw new StartError('ImagePullBackOff', message, { retryAt: wait.until });
    }
    say('Normal', 'Pulling', `Pulling image "${reference}"`);
    const begun = clock.monotonic();
    try {
      const credentials = await credentialsOf(reference, pod, signal);
      records.pulling(reference);
      const image = await pullWithAny(reference, credentials, signal).catch((cause: unknown) => {
        records.failed(reference);
        throw cause;
      });
      backOff.forget(key);
      const took = formatMs(clock.monotonic() - begun);
      const size = `Image size: ${image.size} bytes.`;
      say(
        'Normal',
        'Pulled',
        `Successfully pulled image "${reference}" in ${took} (${took} including waiting). ${size}`,
      );
      return image;
    } catch (cause) {
      signal.throwIfAborted();
      const failure = pullFailure(cause, new Date(clock.now().getTime() + SHOWN_MS));
      backOff.fail(key, `${failure.reason}: ${failure.message}`);
      say('Warning', 'Failed', `Failed to pull image "${reference}": ${failure.message}`);
      say('Warning', 'Failed', `Error: ${failure.reason}`);
      throw failure;
    }
  };

  return {
    async ensure(pod, container, signal) {
      const reference = container.spec.image ?? '';
      const policy = container.spec.imagePullPolicy ?? 'IfNotPresent';
      const sayError = (reason: string): void =>
        events.ofContainer(pod, container, { type: 'Warning', reason: 'Failed', message: `Error: ${reason}` });
      if (!isReference(reference)) {
        const why = `couldn't parse image name "${reference}": invalid reference format`;
        events.ofContainer(pod, container, {
          type: 'Warning',
          reason: 'InspectFailed',
          message: `Failed to apply default image tag "${reference}": ${why}`,
        });
        sayError('InvalidImageName');
        throw new StartError('InvalidImageName', `Failed to apply default image tag "${reference}": ${why}`);
      }
      const present = await inspect(runtime, reference);
      const mayUse = (id: string): Promise<boolean> =>
        records.mayUse(reference, id, () => credentialsOf(reference, pod, signal));
      // an engine that cannot pull runs what was loaded into it, whatever the tag
      if (present && (!runtime.supports.pull || (policy !== 'Always' && (await mayUse(present.id))))) {
        const message = `Container image "${reference}" already present on machine and can be accessed by the pod`;
        events.ofContainer(pod, container, { type: 'Normal', reason: 'Pulled', message });
        return present;
      }
      // whether it is there is not told to who may not use it
      if (policy === 'Never') {
        const message = `Container image "${reference}" is not present with pull policy of Never`;
        events.ofContainer(pod, container, { type: 'Warning', reason: 'ErrImageNeverPull', message });
        sayError('ErrImageNeverPull');
        throw new StartError('ErrImageNeverPull', message);
      }
      return pull(pod, container, signal);
    },
  };
}

async function inspect(runtime: Runtime, reference: string): Promise<Image | undefined> {
  try {
    return await runtime.imageStatus(reference);
  } catch (cause) {
    const isName = cause instanceof RuntimeError && cause.code === 'InvalidImageName';
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new StartError(
      isName ? 'InvalidImageName' : 'ImageInspectError',
      `Failed to inspect image "${reference}": ${why}`,
      { cause },
    );
  }
}

function pullFailure(cause: unknown, retryAt: Date): StartError {
  if (cause instanceof StartError) return cause;
  const message = cause instanceof Error ? cause.message : String(cause);
  if (cause instanceof RuntimeError && cause.code === 'InvalidImageName') {
    return new StartError('InvalidImageName', message, { cause });
  }
  return new StartError('ErrImagePull', message, { cause, retryAt });
}

async function pullSecretsOf(pod: Pod, objects: Objects, signal: AbortSignal): Promise<Secret[]> {
  const names = (pod.spec.imagePullSecrets ?? []).map(({ name }) => name ?? '').filter(Boolean);
  const found = await Promise.all(names.map((name) => objects.secret(pod.metadata.namespace, name, { signal })));
  return found.filter((secret) => secret !== undefined);
}

const formatMs = (ms: number): string => (ms < 1000 ? `${ms}ms` : `${Math.round(ms) / 1000}s`);
