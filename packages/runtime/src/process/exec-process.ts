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
    if (streams.signal.aborted) kill();
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

function killGroup(pid: number | undefined): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL');
  } catch {
    // it ended by itself
  }
}
