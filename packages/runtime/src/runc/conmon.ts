/**
 * conmon keeps a container: it starts runc, owns the container's stdio, writes its log in CRI's format and its exit code to
 * a file, and outlives whoever started it. It tells its caller the first process's pid, or what went wrong, in a file. It can be
 * there before its container is wanted: then it waits at a gate, which is the start pipe that conmon has for such a wait.
 */
import { closeSync, openSync } from 'node:fs';
import type { Socket } from 'node:net';
import path from 'node:path';
import { readText } from '../atomic-file.ts';
import type { Exec } from '../exec.ts';
import { RuntimeError } from '../runtime.ts';
import { tryWatch } from '../try-watch.ts';
import type { Layout } from './layout.ts';

export interface ConmonOptions {
  id: string;
  layout: Layout;
  conmon: string;
  runc: string;
  logPath: string;
  tty: boolean;
  stdin: boolean;
  stdinOnce: boolean;
}

/**
 * conmon always says `create --bundle B --pid-file P ID` to its runtime, and a second program would then have to start the
 * container. The arguments put before make `runc run --detach --bundle create --bundle B …` of it: the last bundle counts,
 * and one runc does both. Measured: a third less until the container runs.
 */
const RUN_AT_ONCE = ['run', '--detach', '--bundle'];

export function conmonArgv(options: ConmonOptions): string[] {
  const { id, layout, logPath, tty, stdin, stdinOnce } = options;
  const own = layout.container(id);
  const runcArgs = ['--root', layout.runc, ...RUN_AT_ONCE].flatMap((arg) => ['--runtime-arg', arg]);
  const flags = [tty ? '--terminal' : '', stdin ? '--stdin' : '', stdin && !stdinOnce ? '--leave-stdin-open' : ''];
  const groups = [
    [options.conmon, '--api-version', '1', '--cid', id, '--cuuid', id, '--name', id],
    ['--runtime', options.runc, ...runcArgs, '--bundle', own.folder],
    ['--container-pidfile', own.pidFile, '--conmon-pidfile', own.conmonPidFile],
    ['--exit-dir', layout.exits, '--full-attach', '--log-path', `k8s-file:${logPath}`, '--no-sync-log'],
    ['--log-level', 'error', ...flags.filter(Boolean)],
  ];
  return groups.flat();
}

/** A conmon at its gate. */
export interface Conmon {
  readonly argv: readonly string[];
  /** Resolves with the first process's pid once the container runs; throws CannotRun with runc's words. */
  start(): Promise<number>;
  /** Ends a conmon whose container was never started. */
  dismiss(): void;
}

const SYNC_PIPE = 3;
const START_PIPE = 4;
const LOOK_AGAIN_MS = 200;
const LOOK_UNTOLD_MS = 10;

/**
 * In the bundle's folder, where it leaves a file `oom` when memory ran out. It tells over a file and not a pipe: at a pipe whose
 * reader was killed it would give up, and nobody would learn how its container ends. A gate whose keeper was killed is open: a
 * bundle must not be complete before it is on record that its container is being started.
 */
export function openConmon(exec: Exec, argv: readonly string[], bundle: string): Conmon {
  const file = path.join(bundle, 'started');
  const { PATH = '/usr/sbin:/usr/bin:/sbin:/bin' } = process.env;
  const env = { PATH, _OCI_SYNCPIPE: String(SYNC_PIPE), _OCI_STARTPIPE: String(START_PIPE) };
  const told = openSync(file, 'w', 0o600);
  const child = exec.start(argv, { stdio: ['ignore', 'ignore', told, told, 'pipe'], cwd: bundle, env, detached: true });
  closeSync(told);
  const failed = new Promise<RuntimeError>((resolve) => {
    child.on('error', (cause) =>
      resolve(new RuntimeError('Unavailable', `cannot run conmon: ${cause.message}`, { cause })),
    );
    // its first process goes at once, and well, when it has taken over
    child.on('exit', (code) => code !== 0 && resolve(faultOf(readText(file) ?? '')));
  });
  const gate = child.stdio[START_PIPE] as Socket;
  gate.on('error', () => undefined); // it has gone: what it said tells why
  child.unref();
  gate.unref();
  return {
    argv,
    start() {
      const pid = untilTold(bundle, file, failed);
      gate.end('\n');
      return pid;
    },
    dismiss() {
      child.kill('SIGKILL');
      gate.destroy();
    },
  };
}

function untilTold(bundle: string, file: string, failed: Promise<RuntimeError>): Promise<number> {
  return new Promise((resolve, reject) => {
    const watcher = tryWatch(file, () => look());
    const timer = setInterval(() => look(), watcher ? LOOK_AGAIN_MS : LOOK_UNTOLD_MS); // should it end without a word
    const look = (): void => {
      const isLast = isGone(bundle);
      const said = readText(file) ?? '';
      const pid = toldIn(said)?.data ?? 0;
      if (pid > 0) settle(() => resolve(pid));
      else if (isLast || toldIn(said)) settle(() => reject(faultOf(said)));
    };
    const settle = (how: () => void): void => {
      watcher?.close();
      clearInterval(timer);
      how();
    };
    void failed.then((error) => settle(() => reject(error)));
  });
}

function isGone(bundle: string): boolean {
  const pid = Number(readText(path.join(bundle, 'conmon.pid')));
  if (!(pid > 0)) return false;
  try {
    process.kill(pid, 0);
    return false;
  } catch {
    return true;
  }
}

/** A line of JSON, after its complaints if it has any. */
function toldIn(said: string): { data: number; message?: string } | undefined {
  const line = said
    .split('\n')
    .slice(0, -1)
    .findLast((text) => text.startsWith('{'));
  try {
    return line === undefined ? undefined : (JSON.parse(line) as { data: number; message?: string });
  } catch {
    return undefined;
  }
}

const faultOf = (said: string): RuntimeError =>
  new RuntimeError('CannotRun', runcMessage(toldIn(said)?.message ?? said.slice(-4000)));

/** runc's last error, without its time stamp and level. */
export function runcMessage(text: string): string {
  const lines = text.trim().split('\n').filter(Boolean);
  const last = lines.findLast((line) => line.includes('level=error')) ?? lines.at(-1) ?? 'runc gave no reason';
  const message = /msg="((?:[^"\\]|\\.)*)"/.exec(last)?.[1] ?? last;
  return message.replaceAll('\\"', '"').replace(/^runc run failed: /, '');
}

/** Asks conmon over its control pipe; a line of three numbers. */
export const controlLine = {
  resize: (height: number, width: number): string => `1 ${height} ${width}\n`,
  reopenLog: (): string => '2 0 0\n',
};
