/** Runs a tool to its end: argv only, never a shell. A failure carries what the tool said on stderr. */
import { execFile } from 'node:child_process';

export interface ToolResult {
  code: number;
  stdout: string;
  stderr: string;
}

/** Resolves whatever the exit code; rejects only when the tool cannot be started. */
export function runTool(
  command: string,
  args: readonly string[],
  options: { input?: string } = {},
): Promise<ToolResult> {
  return new Promise((resolve, reject) => {
    const child = execFile(command, args, { maxBuffer: 64 << 20 }, (error, stdout, stderr) => {
      if (error !== null && typeof error.code !== 'number')
        reject(new Error(`cannot run ${command}: ${error.message}`, { cause: error }));
      else resolve({ code: typeof error?.code === 'number' ? error.code : 0, stdout, stderr });
    });
    child.stdin?.on('error', () => {}); // the tool may end without reading
    child.stdin?.end(options.input ?? '');
  });
}

/** As runTool, and throws unless the exit code is 0. */
export async function needTool(command: string, args: readonly string[], options: { input?: string } = {}) {
  const result = await runTool(command, args, options);
  if (result.code !== 0)
    throw new Error(`${command} ${args.join(' ')} failed (exit code ${result.code}): ${result.stderr.trim()}`);
  return result.stdout;
}
