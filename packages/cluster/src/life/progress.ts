/** What a command of a cluster's life tells about its work while it works. The CLI makes lines, or a live list, of it. */
export interface ProgressEvent {
  /** The same for all events of one piece of work: 'network', 'server', 'node-1', … */
  step: string;
  /** started and done bracket a step; note is a line that the user should read once. */
  state: 'started' | 'done' | 'failed' | 'note';
  text: string;
  elapsedMs?: number;
}

export type Progress = (event: ProgressEvent) => void;

/** Runs a step between its two events; a failure is told and thrown on. */
export async function runStep<T>(progress: Progress, step: string, text: string, work: () => Promise<T>): Promise<T> {
  const start = performance.now();
  const elapsedMs = () => Math.round(performance.now() - start);
  progress({ step, state: 'started', text });
  try {
    const result = await work();
    progress({ step, state: 'done', text, elapsedMs: elapsedMs() });
    return result;
  } catch (error) {
    progress({ step, state: 'failed', text, elapsedMs: elapsedMs() });
    throw error;
  }
}
