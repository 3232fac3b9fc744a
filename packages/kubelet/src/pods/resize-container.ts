/** The step resizeContainer: what runs is brought to the limits that its pod was given. What stands in the way is told once. */
import type { StepContext } from './deps.ts';
import { limitPod } from './limit-pod.ts';
import { describeResize } from './resize.ts';
import type { StepOf } from './steps.ts';

type Resize = StepOf<'resizeContainer'>;

export async function resizeContainer(step: Resize, context: StepContext): Promise<void> {
  const { deps, state } = context;
  try {
    await refuseBelowUsage(step, context);
    limitPod(context);
    await deps.runtime.updateContainerResources(step.id, step.resources);
    limitPod(context);
  } catch (cause) {
    const error = cause instanceof Error ? cause.message : String(cause);
    const { generation = state.pod.metadata.generation, error: told } = state.resizing ?? {};
    state.resizing = { generation, error };
    if (told !== error) {
      const what = describeResize('error', state.pod, { generation, error });
      deps.events.ofPod(state.pod, 'Warning', 'ResizeError', what);
    }
    throw cause;
  }
}

/** The kernel would end the container for it. */
async function refuseBelowUsage({ id, name, resources }: Resize, { deps, state }: StepContext): Promise<void> {
  const { memoryLimit: wanted } = resources;
  const held = state.observed.containers.find((container) => container.id === id)?.resources?.memoryLimit;
  if (!wanted || (held && wanted >= held)) return;
  const used = (await deps.runtime.containerStats(id))?.memoryUsageBytes;
  if (used === undefined || used < wanted) return;
  const what = `attempting to set container "${name}" memory limit (${wanted}) below current usage (${used})`;
  throw new Error(`cannot decrease memory limits: ${what}`);
}
