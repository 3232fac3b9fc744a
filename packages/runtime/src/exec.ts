/**
 * The one door through which drivers start programs: argv only, never a shell. Tests wrap it to see every argv.
 * `run` collects the output of a short program; `start` hands out a child whose streams the caller reads.
 */
import { spawn, type ChildProcess, type StdioOptions } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { RuntimeError } from './runtime.ts';

export interface ExecResult {
  code: number;
  stdout: Buffer;
  stderr: string;
}

export interface StartOptions {
  stdio: StdioOptions;
  cwd?: string;
  env?: Record<string, string>;
  /** In a session of its own, outliving this process. */
  detached?: boolean;
}

export interface TerminalOptions {
  width: number;
  height: number;
}

/** A program on a pseudo-terminal. */
export interface TerminalProcess {
  pid: number;
  onData(listener: (data: Buffer) => void): void;
  /** As shells have it: 128 and the signal for one that was killed. */
  onExit(listener: (code: number) => void): void;
  /** Reads nothing until `resume`: the program has to wait. */
  pause(): void;
  resume(): void;
  write(data: Buffer): void;
  resize(size: TerminalOptions): void;
  kill(signal: string): void;
}

export interface Exec {
  /** Resolves whatever the exit code; rejects where the program cannot be started. */
  run(argv: readonly string[], options?: { input?: string; cwd?: string; signal?: AbortSignal }): Promise<ExecResult>;
  start(argv: readonly string[], options: StartOptions): ChildProcess;
  terminal(argv: readonly string[], options: TerminalOptions): Promise<TerminalProcess>;
}

interface Programs {
  /** The caller's environment, read once: every read of process.env asks the C library for each name. */
  env: Record<string, string | undefined>;
  /** Where a program is, looked for once and not by every child along the whole PATH. */
  find(name: string): string;
}

export function createExec(): Exec {
  const programs = openPrograms({ ...process.env });
  return {
    run: (argv, options) => runProgram(programs, argv, options),
    start: (argv, options) => startProgram(programs, argv, options),
    terminal: startTerminal,
  };
}

function openPrograms(env: Record<string, string | undefined>): Programs {
  const known = new Map<string, string>();
  const folders = (env['PATH'] ?? '/usr/sbin:/usr/bin:/sbin:/bin').split(':');
  const find = (name: string): string => {
    if (name.includes('/')) return name;
    const found = known.get(name) ?? folders.map((folder) => path.join(folder, name)).find((file) => existsSync(file));
    if (found !== undefined) known.set(name, found);
    return found ?? name;
  };
  return { env, find };
}

/** Runs a program that must succeed; the error names it, its exit code and what it wrote to stderr. */
export async function runOrThrow(
  exec: Exec,
  argv: readonly string[],
  options?: { input?: string; cwd?: string; signal?: AbortSignal },
): Promise<Buffer> {
  const { code, stdout, stderr } = await exec.run(argv, options);
  if (code === 0) return stdout;
  throw new RuntimeError('Unavailable', `${argv[0]} failed (exit ${code}): ${stderr.trim() || 'no message'}`);
}

function startProgram(
  programs: Programs,
  [file = '', ...args]: readonly string[],
  { stdio, cwd, env, detached }: StartOptions,
): ChildProcess {
  return spawn(programs.find(file), args, { argv0: file, stdio, cwd, env: env ?? programs.env, detached });
}

function runProgram(
  programs: Programs,
  [file = '', ...args]: readonly string[],
  { input, cwd, signal }: { input?: string; cwd?: string; signal?: AbortSignal } = {},
): Promise<ExecResult> {
  return new Promise((resolve, reject) => {
    const stdio: StdioOptions = [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'];
    const child = spawn(programs.find(file), args, { argv0: file, stdio, cwd, signal, env: programs.env });
    const stdout: Buffer[] = [];
    const stderr: Buffer[] = [];
    child.stdout?.on('data', (chunk: Buffer) => stdout.push(chunk));
    child.stderr?.on('data', (chunk: Buffer) => stderr.push(chunk));
    child.on('error', (cause) =>
      reject(new RuntimeError('Unavailable', `cannot run ${file}: ${cause.message}`, { cause })),
    );
    child.on('close', (code) =>
      resolve({ code: code ?? 255, stdout: Buffer.concat(stdout), stderr: Buffer.concat(stderr).toString() }),
    );
    child.stdin?.on('error', () => undefined); // a program that ends early says why on stderr
    child.stdin?.end(input);
  });
}

async function startTerminal(argv: readonly string[], { width, height }: TerminalOptions): Promise<TerminalProcess> {
  const pty = await import('@lydell/node-pty');
  const [file = '', ...args] = argv;
  const child = pty.spawn(file, args, { name: 'xterm', cols: width, rows: height, encoding: null });
  return {
    pid: child.pid,
    // With encoding null the data are Buffers, whatever the type says.
    onData: (listener) => void child.onData((data: string | Buffer) => listener(Buffer.from(data as string))),
    pause: () => child.pause(),
    resume: () => child.resume(),
    onExit: (listener) => void child.onExit(({ exitCode, signal }) => listener(signal ? 128 + signal : exitCode)),
    write: (data) => child.write(data as unknown as string),
    resize: (size) => child.resize(size.width, size.height),
    kill: (signal) => child.kill(signal),
  };
}
