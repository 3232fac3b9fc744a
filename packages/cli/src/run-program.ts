/** Another program in the foreground, on the terminal that is ours: editors, diff, plugins. No shell. */
import { spawn } from 'node:child_process';
import { CommandError } from './io.ts';

export function runProgram(
  file: string,
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, { stdio: 'inherit', env: { ...env } });
    child.once('error', (error: NodeJS.ErrnoException) =>
      reject(new CommandError(`unable to run "${file}": ${error.code === 'ENOENT' ? 'not found' : error.message}`)),
    );
    child.once('close', (code) => resolve(code ?? 1));
  });
}
