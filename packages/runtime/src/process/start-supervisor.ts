/** Starts a supervisor and hears from it whether its process runs. */
import { createInterface } from 'node:readline';
import type { Exec } from '../exec.ts';
import { RuntimeError } from '../runtime.ts';
import type { SupervisorAnswer, SupervisorJob } from './supervisor.ts';

export function startSupervisor(
  exec: Exec,
  supervisor: readonly string[],
  job: SupervisorJob,
): Promise<{ pid: number; supervisorPid: number }> {
  return new Promise((resolve, reject) => {
    if (job.argv.length === 0) return reject(new RuntimeError('CannotRun', 'no command specified'));
    const child = exec.start(supervisor, {
      stdio: ['pipe', 'pipe', 'ignore'],
      detached: true,
    });
    const fail = (message: string): void => reject(new RuntimeError('CannotRun', message));
    child.on('error', (error) => fail(`cannot run the supervisor: ${error.message}`));
    // not 'exit': a short life may be over before its answer was read
    child.on('close', (code) => fail(`the supervisor ended (exit ${code})`));
    child.stdin?.on('error', () => undefined); // it ended: the answer says so
    child.stdin?.end(JSON.stringify(job));
    if (!child.stdout) return;
    createInterface({ input: child.stdout }).once('line', (line) => {
      const { pid, error } = JSON.parse(line) as SupervisorAnswer;
      if (pid !== undefined && child.pid !== undefined) resolve({ pid, supervisorPid: child.pid });
      else fail(withReason(job.argv[0] ?? '', error ?? ''));
      child.stdout?.destroy();
    });
    child.unref();
  });
}

function withReason(file: string, error: string): string {
  return error.includes('ENOENT') ? `exec: "${file}": no such file or directory` : error;
}
