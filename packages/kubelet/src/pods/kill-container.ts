/** The step killContainer: the preStop hook, then the signal, then what remains of the grace period, then SIGKILL. */
import { withDeadline } from '../deadline.ts';
import { runHook } from '../probes/hooks.ts';
import type { StepContext } from './deps.ts';
import { ipsOf } from './observed.ts';
import { findContainer } from './spec.ts';
import type { StepOf } from './steps.ts';

/** A container always gets this long between the signal and SIGKILL, however long its hook took. */
const LEAST_SECONDS = 2;

export async function killContainer(step: StepOf<'killContainer'>, context: StepContext): Promise<void> {
  const { deps, state } = context;
  const { id, name, message, graceSeconds } = step;
  const begun = deps.clock.monotonic();
  const isFirst = !state.killed.has(id);
  state.killed.add(id);
  const container = findContainer(state.pod, name);
  if (isFirst && container)
    deps.events.ofContainer(state.pod, container, { type: 'Normal', reason: 'Killing', message });
  if (isFirst && graceSeconds > 0) await preStop(step, context);
  const passed = (deps.clock.monotonic() - begun) / 1000;
  await deps.runtime.stopContainer(id, Math.max(Math.ceil(graceSeconds - passed), LEAST_SECONDS));
}

async function preStop({ id, name, graceSeconds }: StepOf<'killContainer'>, context: StepContext): Promise<void> {
  const { deps, state, signal } = context;
  const container = findContainer(state.pod, name);
  const hook = container?.spec.lifecycle?.preStop;
  if (!container || !hook) return;
  const podIP = state.pod.spec.hostNetwork ? deps.settings.nodeIP : (ipsOf(state.observed)[0] ?? '');
  const limit = withDeadline(signal, graceSeconds * 1000);
  const { runtime, clock } = deps;
  try {
    await runHook(hook, { runtime, containerId: id, container: container.spec, podIP, clock, signal: limit });
  } catch (cause) {
    if (limit.aborted) return;
    const why = cause instanceof Error ? cause.message : String(cause);
    const message = `PreStopHook failed: ${why}`;
    deps.events.ofContainer(state.pod, container, { type: 'Warning', reason: 'FailedPreStopHook', message });
  }
}
