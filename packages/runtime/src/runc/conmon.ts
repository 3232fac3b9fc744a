/**
 * conmon keeps a container: it starts runc, owns the container's stdio, writes its log in CRI's format and its exit code to
 * a file, and outlives whoever started it. It tells its caller the first process's pid, or what went wrong, in a file.
 */
import { closeSync, openSync, watch } from 'node:fs';
import path from 'node:path';
import { readText } from '../atomic-file.ts';
import type { Exec } from '../exec.ts';
import { RuntimeError } from '../runtime.ts';
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

/**
 * In the bundle's folder, where it leaves a file `oom` when memory ran out.
 * Resolves with the first process's pid once the container runs; throws CannotRun with runc's words.
 * conmon tells over a file and not a pipe: at a pipe whose reader was killed it would give up, and nobody would learn how its
 * container ends.
 */
export function startConmon(exec: Exec, argv: readonly string[], bundle: string): Promise<number> {
  const file = path.join(bundle, 'started');
  return new Promise((resolve, reject) => {
    const env = { PATH: process.env['PATH'] ?? '/usr/sbin:/usr/bin:/sbin:/bin', _OCI_SYNCPIPE: '3' };
    const sync = openSync(file, 'w', 0o600);
    const watcher = watch(file, () => look());
    const timer = setInterval(() => look(), LOOK_AGAIN_MS); // should it end without a word
    const child = exec.start(argv, { stdio: ['ignore', 'ignore', 'pipe', sync], cwd: bundle, env, detached: true });
    closeSync(sync);
    let said = '';
    let failed = false;
    const look = (): void => {
      const told = readText(file) ?? '';
      if (told.includes('\n')) settle(told);
      else if (failed || isGone(bundle)) settle(readText(file) ?? '');
    };
    const settle = (told: string): void => {
      const { data, message } = parseTold(told);
      if (data > 0) resolve(data);
      else reject(new RuntimeError('CannotRun', runcMessage(message ?? said)));
      letGo();
    };
    const letGo = (): void => {
      watcher.close();
      clearInterval(timer);
      child.stderr?.destroy();
    };
    child.stderr?.on('data', (chunk: Buffer) => (said = (said + chunk.toString()).slice(-4000)));
    child.on('close', (code) => {
      failed = code !== 0; // its first process goes at once, and well, when it has taken over
      look();
    });
    child.on('error', (cause) => {
      reject(new RuntimeError('Unavailable', `cannot run conmon: ${cause.message}`, { cause }));
      letGo();
    });
    child.unref();
  });
}

const LOOK_AGAIN_MS = 200;

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

function parseTold(text: string): { data: number; message?: string } {
  try {
    return JSON.parse(text) as { data: number; message?: string };
  } catch {
    return { data: -1 };
  }
}

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
