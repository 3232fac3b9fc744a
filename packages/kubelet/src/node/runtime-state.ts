/**
 * How the node's runtime is, and which images it has. An engine that does not answer is taken for one that is being restarted,
 * until it has been away for as long as Kubernetes waits; meanwhile all is as it last said.
 */
import type { Clock } from '@mkube/client';
import type { Image, Runtime } from '@mkube/runtime';

export interface RuntimeState {
  /** '' while it works. */
  fault: string;
  images: readonly Image[];
}

const AWAY_MS = 30_000;

/** Gives what looks. */
export function createRuntimeState({
  runtime,
  clock,
}: {
  runtime: Runtime;
  clock: Clock;
}): () => Promise<RuntimeState> {
  let last: { state: RuntimeState; at: number } | undefined;
  return async () => {
    const now = clock.monotonic();
    try {
      const [status, images] = await Promise.all([runtime.status(), runtime.listImages()]);
      const works = status.runtimeReady && status.networkReady;
      last = { state: { fault: works ? '' : status.message || 'container runtime is down', images }, at: now };
      return last.state;
    } catch (error) {
      if (last !== undefined && now - last.at < AWAY_MS) return last.state;
      const why = error instanceof Error ? error.message : String(error);
      return { fault: `container runtime is down: ${why}`, images: last?.state.images ?? [] };
    }
  };
}
