/** What the mains of server and kubelet share: log, signals, the word to the starter, and the last words of a failure. */
import { pino, type Logger } from 'pino';
import { ClusterError, codeOf } from '../state/cluster-error.ts';
import { readClusterState } from '../state/cluster-state.ts';
import { clusterPaths } from '../state/paths.ts';
import { logTo } from './log-to.ts';
import { type ReadyMessage, sendReady } from './ready-message.ts';
import { keepTickShape } from './tick-shape.ts';

export interface MainContext {
  config: {
    paths: ReturnType<typeof clusterPaths>;
    state: NonNullable<ReturnType<typeof readClusterState>>;
    log: Logger;
  };
  args: string[];
  signal: AbortSignal;
  /** The machine is about to go: SIGPWR. */
  powerFails: AbortSignal;
  tell(message: ReadyMessage): void;
}

/** argv: home, cluster, and what the part itself takes. Sets the exit code; never throws. */
export async function runMain(title: string, work: (context: MainContext) => Promise<void>): Promise<void> {
  const [home = '', name = '', ...args] = process.argv.slice(2);
  process.title = [`mkube ${title}`, ...args, `(${name})`].join(' ');
  // what pods see has the modes that it is made with, whatever the umask of who ran `up`
  process.umask(0o022);
  keepTickShape();
  const log = pino({ level: process.env['MKUBE_LOG_LEVEL'] ?? 'info', base: { pid: process.pid } }, logTo(1));
  const tell = process.env['MKUBE_READY_FD'] === undefined ? () => {} : once(sendReady);
  const stop = new AbortController();
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => stop.abort());
  const powerFails = new AbortController();
  if (process.platform === 'linux') process.on('SIGPWR', () => powerFails.abort());
  try {
    const paths = clusterPaths(home, name);
    const state = readClusterState(paths);
    if (state === undefined) throw new ClusterError(`there is no cluster "${name}" in ${home}: run 'mkube up'`);
    await work({ config: { paths, state, log }, args, signal: stop.signal, powerFails: powerFails.signal, tell });
    process.exit(0);
  } catch (error) {
    if (stop.signal.aborted) process.exit(0); // it was told to end while it began
    log.fatal({ err: error }, `mkube ${title} failed`);
    tell({ ready: false, error: reasonOf(error) });
    process.exit(1);
  }
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (codeOf(error) === 'ENOSPC') return 'the disk is full: free some space, or choose another folder with MKUBE_HOME';
  const cause = error instanceof ClusterError || !(error.cause instanceof Error) ? '' : `: ${error.cause.message}`;
  return `${error.message}${cause}`;
}

function once<T>(call: (value: T) => void): (value: T) => void {
  let called = false;
  return (value) => {
    if (!called) call(value);
    called = true;
  };
}
