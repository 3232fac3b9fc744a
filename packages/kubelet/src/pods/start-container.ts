/**
 * The step startContainer: image, volumes and environment together, then create, start and the postStart hook.
 * Every way to fail has its reason in the container's status and its event, as Kubernetes words them.
 */
import { readFileSync } from 'node:fs';
import type { ContainerConfig, Image } from '@mkube/runtime';
import { imagesMountedBy } from '../volumes/image-volume.ts';
import { readInVolume } from '../volumes/read-in-volume.ts';
import type { VolumePaths } from '../volumes/volumes.ts';
import { runHook } from '../probes/hooks.ts';
import { containerConfigOf } from './container-config.ts';
import { containerMountsOf } from './container-mounts.ts';
import { sandboxConfig, volumesOf } from './create-sandbox.ts';
import type { StepContext } from './deps.ts';
import { hostnameOf, hostsFileOf, hostsFileOfNode } from './dns.ts';
import { type Environment, resolveEnv } from './env.ts';
import { ipsOf, latestOf } from './observed.ts';
import { StartError, type StartErrorReason } from './start-error.ts';
import { limitPod } from './limit-pod.ts';
import type { ContainerKind } from './spec.ts';
import type { StepOf } from './steps.ts';

type Start = StepOf<'startContainer'>;

export async function startContainer(step: Start, context: StepContext): Promise<void> {
  const { deps, state, signal } = context;
  const { container, sandboxId } = step;
  const say = (type: 'Normal' | 'Warning', reason: string, message: string): void =>
    deps.events.ofContainer(state.pod, container, { type, reason, message });
  try {
    const config = await prepare(step, context);
    const sandbox = sandboxConfig(deps, state, state.observed.sandboxes[0]?.attempt ?? 0);
    signal.throwIfAborted();
    if (step.attempt > 0) limitPod(context);
    const id = await as('CreateContainerError', deps.runtime.createContainer(sandboxId, config, sandbox));
    say('Normal', 'Created', 'Container created');
    if (container.spec.lifecycle?.postStart) state.starting.add(id);
    await as('RunContainerError', deps.runtime.startContainer(id));
    say('Normal', 'Started', 'Container started');
    deps.metrics.containerStarted({ container_type: CONTAINER_TYPES[container.kind] });
    state.failures.delete(container.spec.name);
    await postStart(step, context, id);
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof StartError && SAID_AS_ERROR.has(error.reason))
      say('Warning', 'Failed', `Error: ${error.message}`);
    throw error;
  }
}

/** As metrics call them. */
const CONTAINER_TYPES: Record<ContainerKind, string> = {
  init: 'init_container',
  sidecar: 'init_container',
  main: 'container',
  ephemeral: 'ephemeral_container',
};

const SAID_AS_ERROR: ReadonlySet<StartErrorReason> = new Set([
  'CreateContainerConfigError',
  'CreateContainerError',
  'RunContainerError',
]);

async function as<T>(reason: StartErrorReason, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (cause) {
    if (cause instanceof StartError) throw cause;
    throw new StartError(reason, cause instanceof Error ? cause.message : String(cause), { cause });
  }
}

async function prepare(step: Start, context: StepContext): Promise<ContainerConfig> {
  const { deps, state, signal } = context;
  const { pod } = state;
  const { spec } = step.container;
  const [image, images, volumes, env] = await Promise.all([
    deps.images.ensure(pod, step.container, signal),
    imagesOfVolumes(step, context),
    awaitVolumes(context),
    as('CreateContainerConfigError', environmentOf(step, context)),
  ]);
  return as(
    'CreateContainerConfigError',
    configOf(step, context, { image, images, volumes, env }).then((config) => config(spec.image ?? '')),
  );
}

/** Ids of the images that the container mounts, by volume. */
async function imagesOfVolumes(
  { container }: Start,
  { deps, state, signal }: StepContext,
): Promise<ReadonlyMap<string, string>> {
  const wanted = imagesMountedBy(state.pod, container.spec.volumeMounts);
  if (wanted.length > 0 && !deps.runtime.supports.imageVolumes) {
    throw new StartError('CreateContainerConfigError', `runtime ${deps.runtimeName} does not mount images`);
  }
  const found = await Promise.all(
    wanted.map(async ({ volume, reference, pullPolicy }) => {
      const spec = { ...container.spec, image: reference, imagePullPolicy: pullPolicy };
      return [volume, (await deps.images.ensure(state.pod, { ...container, spec }, signal)).id] as const;
    }),
  );
  return new Map(found);
}

async function awaitVolumes(context: StepContext): Promise<VolumePaths> {
  const { deps, state } = context;
  try {
    return await volumesOf(context);
  } catch (error) {
    if (error instanceof StartError) deps.events.ofPod(state.pod, 'Warning', 'FailedMount', error.message);
    throw error;
  }
}

function environmentOf({ container }: Start, context: StepContext): Promise<Environment> {
  const { deps, state, signal } = context;
  const { objects, services, node, settings } = deps;
  return resolveEnv(state.pod, container.spec, {
    services,
    configMap: (namespace, name) => objects.configMap(namespace, name, { signal }),
    secret: (namespace, name) => objects.secret(namespace, name, { signal }),
    file: async (volumeName, file) => readInVolume((await awaitVolumes(context)).get(volumeName) ?? '', file),
    addresses: {
      hostIPs: [settings.nodeIP],
      podIPs: state.pod.spec.hostNetwork ? [settings.nodeIP] : ipsOf(state.observed),
    },
    node,
  });
}

type Found = { image: Image; images: ReadonlyMap<string, string>; volumes: VolumePaths; env: Environment };

async function configOf(
  { container, attempt, nextBackOffSeconds, sandboxId }: Start,
  { deps, state }: StepContext,
  { image, images, volumes, env }: Found,
): Promise<(imageRef: string) => ContainerConfig> {
  const { pod, observed } = state;
  const { paths } = deps;
  const node = { ...deps.node, unified: deps.cgroups.containerFiles() };
  const hosts = hostsTextOf({ deps, state });
  const recursiveReadOnly = deps.runtime.supports.recursiveReadOnly ?? false;
  const { mountsMemory: mounts } = deps.settings;
  const facts = { pod, attempt, paths, volumes, images, env, hosts, recursiveReadOnly, mounts };
  const containerMounts = await containerMountsOf(container.spec, facts);
  const logPath = paths.containerLog(container.spec.name, attempt);
  const target = 'targetContainerName' in container.spec ? container.spec.targetContainerName : undefined;
  const targetContainerId = target ? latestOf(observed, target, sandboxId)?.id : undefined;
  const { seccompDefault } = deps.settings;
  const security = { seccompRoot: paths.seccomp, seccompDefault };
  const known = {
    attempt,
    nextBackOffSeconds,
    image,
    env,
    mounts: containerMounts,
    logPath,
    node,
    security,
    targetContainerId,
  };
  return (imageRef) => containerConfigOf(pod, container.spec, { ...known, imageRef });
}

function hostsTextOf({ deps, state }: Pick<StepContext, 'deps' | 'state'>): string {
  const { pod } = state;
  if (pod.spec.hostNetwork) return hostsFileOfNode(pod, readNodeHosts());
  const { settings } = deps;
  return hostsFileOf(pod, {
    ips: ipsOf(state.observed),
    ...hostnameOf(pod, settings.hostname, settings.clusterDomain),
  });
}

function readNodeHosts(): string {
  try {
    return readFileSync('/etc/hosts', 'utf8');
  } catch {
    return '';
  }
}

async function postStart({ container }: Start, { deps, state, signal }: StepContext, id: string): Promise<void> {
  const hook = container.spec.lifecycle?.postStart;
  if (!hook) return;
  try {
    const podIP = state.pod.spec.hostNetwork ? deps.settings.nodeIP : (ipsOf(state.observed)[0] ?? '');
    await runHook(hook, {
      runtime: deps.runtime,
      containerId: id,
      container: container.spec,
      podIP,
      clock: deps.clock,
      signal,
    });
  } catch (cause) {
    signal.throwIfAborted();
    const why = cause instanceof Error ? cause.message : String(cause);
    deps.events.ofContainer(state.pod, container, {
      type: 'Warning',
      reason: 'FailedPostStartHook',
      message: `PostStartHook failed: ${why}`,
    });
    state.faults.set(id, { message: 'FailedPostStartHook' });
  } finally {
    state.starting.delete(id);
  }
}
