/** The step createSandbox: the pod's folder, its sandbox, and its volumes beside it, as starts will need them at once. */
import { mkdirSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import type { Pod } from '@mkube/api';
import type { SandboxConfig } from '@mkube/runtime';
import { setUpVolumes, type VolumePaths } from '../volumes/volumes.ts';
import type { PodDeps, PodState, StepContext } from './deps.ts';
import { hostnameOf, resolverOf } from './dns.ts';
import { ipsOf } from './observed.ts';
import { cgroupParentOf } from './resources.ts';
import { sandboxConfigOf } from './sandbox-config.ts';
import { describePod } from './spec.ts';
import { StartError } from './start-error.ts';
import type { StepOf } from './steps.ts';

export async function createSandbox({ attempt }: StepOf<'createSandbox'>, context: StepContext): Promise<void> {
  const { deps, state, signal } = context;
  mkdirSync(deps.paths.logs(state.pod.metadata.uid), { recursive: true, mode: 0o755 });
  volumesOf(context).catch(() => undefined); // whoever starts a container hears of it
  await setImmediate(); // what they ask the API for is on its way before the sandbox takes this thread
  try {
    signal.throwIfAborted();
    const runtimeHandler = await handlerOf(context);
    const config = { ...sandboxConfig(deps, state, attempt), ...(runtimeHandler && { runtimeHandler }) };
    refuseUserNamespaces(deps, state.pod);
    deps.cgroups.apply(state.pod);
    await deps.runtime.runPodSandbox(config, { signal });
    if (attempt > 0) {
      deps.events.ofPod(
        state.pod,
        'Normal',
        'SandboxChanged',
        'Pod sandbox changed, it will be killed and re-created.',
      );
    }
  } catch (cause) {
    signal.throwIfAborted();
    const why = cause instanceof Error ? cause.message : String(cause);
    const message = `Failed to create pod sandbox: ${why}`;
    deps.events.ofPod(state.pod, 'Warning', 'FailedCreatePodSandBox', message);
    throw new StartError('CreatePodSandboxError', `${message} for ${describePod(state.pod)}`, { cause });
  }
}

/** As the pod's RuntimeClass names it; undefined: the engine's own. */
async function handlerOf({ deps, state, signal }: StepContext): Promise<string | undefined> {
  const { runtimeClassName: name } = state.pod.spec;
  if (!name) return undefined;
  return (await deps.client.runtimeClasses.get({ name }, { signal })).handler;
}

function refuseUserNamespaces({ runtime }: PodDeps, { spec }: Pod): void {
  if (spec.hostUsers !== false || runtime.supports.userNamespaces) return;
  throw new Error(`RuntimeClass handler "${spec.runtimeClassName ?? ''}" does not support user namespaces`);
}

/** The same for a sandbox that is made and for one that was adopted. */
export function sandboxConfig(
  { settings, paths, hostResolver }: PodDeps,
  state: PodState,
  attempt: number,
): SandboxConfig {
  const { pod } = state;
  const { clusterDns, clusterDomain } = settings;
  return sandboxConfigOf(pod, {
    attempt,
    hostname: hostnameOf(pod, settings.hostname, clusterDomain).hostname,
    logDirectory: paths.logs(pod.metadata.uid),
    firstLogOf: (container) => paths.containerLog(container, 0),
    resolver: resolverOf(pod, { host: hostResolver(), clusterDns, clusterDomain }),
    cgroupParent: cgroupParentOf(pod, settings.cgroupRoot),
  });
}

/** Set up once; a failure is forgotten, so that the next start tries again. */
export function volumesOf({ deps, state, signal }: StepContext): Promise<VolumePaths> {
  state.volumes ??= setUpVolumes(volumeContextOf(deps, state, signal, 0)).catch((error: unknown) => {
    state.volumes = undefined;
    throw error;
  });
  return state.volumes;
}

export function volumeContextOf(deps: PodDeps, state: PodState, signal: AbortSignal, maxAgeMs: number) {
  const { paths, objects, tokens, memory, node, clock, log, settings } = deps;
  const addresses = { hostIPs: [settings.nodeIP], podIPs: ipsOf(state.observed) };
  return { pod: state.pod, paths, objects, tokens, memory, addresses, node, clock, log, maxAgeMs, signal };
}
