/** A further command beside a plain process, with its environment and folder. */
import type { Exec } from '../exec.ts';
import { RuntimeError, type Streams } from '../runtime.ts';
import { PassThrough } from 'node:stream';

interface Surroundings {
  env: Record<string, string>;
  cwd: string;
}

export function execProcess(
  exec: Exec,
  command: readonly string[],
  { env, cwd, streams }: Surroundings & { streams: Streams },
): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = exec.start(command, {
      stdio: [streams.stdin ? 'pipe' : 'ignore', 'pipe', 'pipe'],
      env,
      cwd,
      detached: true,
    });
    const { stdin, stdout, stderr } = streams;
    if (child.stdin) stdin?.pipe(child.stdin).on('error', () => undefined);
    if (stdout) child.stdout?.pipe(stdout, { end: false });
    else child.stdout?.resume();
    if (stderr ?? stdout) child.stderr?.pipe(stderr ?? stdout ?? new PassThrough(), { end: false });
    const kill = (): void => killGroup(child.pid);
    streams.signal.addEventListener('abort', kill, { once: true });
    child.on('error', (cause) =>
      reject(new RuntimeError('CannotRun', `cannot run ${command[0]}: ${cause.message}`, { cause })),
    );
    child.on('close', (code) => {
      streams.signal.removeEventListener('abort', kill);
      if (child.stdin) stdin?.unpipe(child.stdin);
      resolve(code ?? 137);
    });
  });
}

export async function collectOutput(
  exec: Exec,
  command: readonly string[],
  { env, cwd, timeoutSeconds }: Surroundings & { timeoutSeconds: number },
): Promise<{ stdout: Buffer; stderr: Buffer; exitCode: number }> {
  const chunks: Record<'stdout' | 'stderr', Buffer[]> = { stdout: [], stderr: [] };
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  stdout.on('data', (chunk: Buffer) => chunks.stdout.push(chunk));
  stderr.on('data', (chunk: Buffer) => chunks.stderr.push(chunk));
  const abort = new AbortController();
  const timer = timeoutSeconds > 0 ? setTimeout(() => abort.abort(), timeoutSeconds * 1000) : undefined;
  const streams: Streams = { stdout, stderr, tty: false, signal: abort.signal };
  const exitCode = await execProcess(exec, command, { env, cwd, streams }).finally(() => clearTimeout(timer));
  if (abort.signal.aborted) throw new RuntimeError('DeadlineExceeded', `command timed out after ${timeoutSeconds} s`);
  return { stdout: Buffer.concat(chunks.stdout), stderr: Buffer.concat(chunks.stderr), exitCode };
}

function killGroup(pid: number | undefined): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL');
  } catch {
    // it ended by itself
  }
}
