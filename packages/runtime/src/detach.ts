/** When an attachment ends that nothing else would end. */
import type { Streams } from './runtime.ts';

/** For what the container answers to the last of its input. */
const LAST_ANSWER_MS = 500;

/** To a container whose own input stays open: its caller has said all and goes, as with Kubernetes' engines. */
export function endingWithInput(streams: Streams): Streams {
  const { stdin, signal } = streams;
  if (!stdin) return streams;
  const over = new AbortController();
  const end = (): void => over.abort();
  signal.addEventListener('abort', end, { once: true });
  if (signal.aborted) end();
  stdin.once('end', () => setTimeout(end, LAST_ANSWER_MS));
  return { ...streams, signal: over.signal };
}
