/** What reaches into a running container: exec, attach, port-forward, terminal sizes and log files. */
import { randomBytes } from 'node:crypto';
import type { ChildProcess } from 'node:child_process';
import { constants, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import path from 'node:path';
import type { Writable } from 'node:stream';
import { isErrno, readText } from '../atomic-file.ts';
import type { TerminalProcess } from '../exec.ts';
import { RuntimeError, type Streams } from '../runtime.ts';
import { endingWithInput } from '../detach.ts';
import { holdBack } from '../hold-back.ts';
import { forwardPort } from '../forward-port.ts';
import { attachParser } from './attach-packets.ts';
import { controlLine, runcMessage } from './conmon.ts';
import { runningRecord, sandboxRecord, type RuncState } from './state.ts';

/** The container's own process with another command; runc reads it from a file. */
function execFiles(
  state: RuncState,
  id: string,
  command: string[],
  tty: boolean,
): { argv: string[]; pidFile: string; clear(): void } {
  const own = state.layout.container(id);
  const name = path.join(own.folder, `exec-${randomBytes(6).toString('hex')}`);
  const [processFile, pidFile] = [`${name}.json`, `${name}.pid`];
  const { process } = JSON.parse(readFileSync(own.config, 'utf8')) as { process: { env: string[] } };
  const env =
    tty && !process.env.some((line) => line.startsWith('TERM=')) ? [...process.env, 'TERM=xterm'] : process.env;
  writeFileSync(processFile, JSON.stringify({ ...process, env, args: command, terminal: tty }), { mode: 0o600 });
  const argv = [state.runc, '--root', state.layout.runc, 'exec', '--process', processFile, '--pid-file', pidFile, id];
  const clear = (): void => {
    rmSync(processFile, { force: true });
    rmSync(pidFile, { force: true });
  };
  return { argv, pidFile, clear };
}

export async function execInContainer(
  state: RuncState,
  id: string,
  command: string[],
  streams: Streams,
): Promise<number> {
  runningRecord(state, id);
  const files = execFiles(state, id, command, streams.tty);
  try {
    const run = streams.tty ? execOnTerminal : execOnPipes;
    const { code, message } = await run(state, files, streams);
    // runc wrote no pid: the command never ran.
    if (code !== 0 && readText(files.pidFile) === undefined) throw new RuntimeError('CannotRun', runcMessage(message));
    return code;
  } finally {
    files.clear();
  }
}

type ExecFiles = { argv: string[]; pidFile: string };

function execOnPipes(
  state: RuncState,
  { argv, pidFile }: ExecFiles,
  streams: Streams,
): Promise<{ code: number; message: string }> {
  return new Promise((resolve, reject) => {
    const child = state.exec.start(argv, { stdio: [streams.stdin ? 'pipe' : 'ignore', 'pipe', 'pipe'] });
    let message = '';
    child.stderr?.on('data', (chunk: Buffer) => (message = (message + chunk.toString()).slice(-4000)));
    pipeOut(child, streams);
    child.stdin?.on('error', () => undefined); // the command closed its input
    if (child.stdin) streams.stdin?.pipe(child.stdin);
    const kill = (): void => {
      killExec(pidFile, child);
      // what the command left behind may hold its output open for ever
      child.stdout?.destroy();
      child.stderr?.destroy();
    };
    streams.signal.addEventListener('abort', kill, { once: true });
    if (streams.signal.aborted) kill();
    child.on('error', (cause) =>
      reject(new RuntimeError('Unavailable', `cannot run runc: ${cause.message}`, { cause })),
    );
    child.on('close', (code) => {
      streams.signal.removeEventListener('abort', kill);
      if (child.stdin) streams.stdin?.unpipe(child.stdin);
      resolve({ code: code ?? 137, message });
    });
  });
}

/** The streams stay open: their owner ends them. */
function pipeOut(child: ChildProcess, { stdout, stderr }: { stdout?: Writable; stderr?: Writable }): void {
  if (stdout) child.stdout?.pipe(stdout, { end: false });
  else child.stdout?.resume();
  if (stderr) child.stderr?.pipe(stderr, { end: false });
}

/**
 * The command itself, which runc alone would leave running; and runc, which waits for whoever holds the command's output, and that may
 * be what the command left behind.
 */
function killExec(pidFile: string, runc: { kill(signal: 'SIGKILL'): unknown }): void {
  const pid = Number(readText(pidFile));
  for (const kill of [() => pid > 0 && process.kill(pid, 'SIGKILL'), () => runc.kill('SIGKILL')]) {
    try {
      kill();
    } catch {
      // it ended by itself
    }
  }
}

async function execOnTerminal(
  state: RuncState,
  { argv, pidFile }: ExecFiles,
  streams: Streams,
): Promise<{ code: number; message: string }> {
  const withTerminal = argv.toSpliced(4, 0, '--tty');
  const terminal = await state.exec.terminal(withTerminal, { width: 80, height: 24 });
  let message = '';
  const write = holdBack(terminal);
  terminal.onData((data) => {
    message = (message + data.toString()).slice(-4000);
    write(streams.stdout, data);
  });
  const onInput = (chunk: Buffer): void => terminal.write(chunk);
  const onEnd = (): void => terminal.write(Buffer.from([4])); // a closed terminal is ^D
  streams.stdin?.on('data', onInput).on('end', onEnd);
  streams.onResize?.((size) => resizeSafely(terminal, size));
  const kill = (): void => killExec(pidFile, terminal);
  streams.signal.addEventListener('abort', kill, { once: true });
  if (streams.signal.aborted) kill(); // while the terminal was opened
  const code = await new Promise<number>((resolve) => terminal.onExit(resolve));
  streams.signal.removeEventListener('abort', kill);
  streams.stdin?.off('data', onInput).off('end', onEnd);
  return { code, message };
}

function resizeSafely(terminal: TerminalProcess, { width, height }: { width: number; height: number }): void {
  try {
    if (width > 0 && height > 0) terminal.resize({ width, height });
  } catch {
    // it ended meanwhile
  }
}

/**
 * conmon's attach socket keeps packets apart (SEQPACKET), which Node cannot open: socat does, and its hexadecimal trace of
 * what it carries keeps the packets' bounds. Input goes through its stdin as it is.
 */
export async function attachToContainer(state: RuncState, id: string, caller: Streams): Promise<void> {
  const { config } = runningRecord(state, id);
  const streams = config.stdinOnce && !caller.tty ? caller : endingWithInput(caller);
  const { attach, folder } = state.layout.container(id);
  // Sockets' paths must be short: this one is relative to the bundle. With its input ended, socat still waits for output.
  const socket = `UNIX-CONNECT:${path.basename(attach)},type=5`;
  const argv = ['socat', '-u', '-x', socket, 'OPEN:/dev/null,wronly'];
  const both = ['socat', '-t', '31536000', '-x', '-', socket];
  const withInput = streams.stdin !== undefined;
  const child = state.exec.start(withInput ? both : argv, {
    stdio: [withInput ? 'pipe' : 'ignore', 'ignore', 'pipe'],
    cwd: folder,
  });
  const write = child.stderr ? holdBack(child.stderr) : () => undefined;
  const parse = attachParser(
    (stream, data) => write(streams.tty ? streams.stdout : streams[stream], data),
    withInput ? '<' : '>',
  );
  child.stderr?.on('data', (chunk: Buffer) => parse(chunk.toString('latin1')));
  child.stdin?.on('error', () => undefined);
  if (child.stdin) streams.stdin?.pipe(child.stdin);
  streams.onResize?.(({ height, width }) => {
    control(state, id, controlLine.resize(height, width)).catch(() => undefined); // the next size may come through
  });
  const stop = (): void => void child.kill('SIGTERM');
  streams.signal.addEventListener('abort', stop, { once: true });
  if (streams.signal.aborted) stop();
  await new Promise<void>((resolve, reject) => {
    child.on('close', () => resolve());
    child.on('error', (cause) =>
      reject(new RuntimeError('Unavailable', `attach needs socat: ${cause.message}`, { cause })),
    );
  });
  streams.signal.removeEventListener('abort', stop);
  if (child.stdin) streams.stdin?.unpipe(child.stdin);
}

export async function reopenContainerLog(state: RuncState, id: string): Promise<void> {
  runningRecord(state, id);
  await control(state, id, controlLine.reopenLog());
}

/** A line into conmon's pipe; without a reader it must not hang. */
async function control(state: RuncState, id: string, line: string): Promise<void> {
  try {
    const pipe = await open(state.layout.container(id).control, constants.O_WRONLY | constants.O_NONBLOCK);
    try {
      await pipe.write(line);
    } finally {
      await pipe.close();
    }
  } catch (error) {
    if (!isErrno(error, 'ENXIO', 'ENOENT')) throw error; // it is ending
  }
}

export async function portForward(
  state: RuncState,
  sandboxId: string,
  port: number,
  stream: NodeJS.ReadWriteStream,
): Promise<void> {
  const { config } = sandboxRecord(state, sandboxId);
  const { net } = state.layout.sandbox(sandboxId);
  const enter = config.network === 'node' ? undefined : ['nsenter', `--net=${net}`, '--'];
  await forwardPort(state.exec, { port, stream, enter });
}
