/**
 * A throw-away cluster for a test file, driven as a user drives it: by command lines. It has a home, a kubeconfig and a port of
 * its own, so that files run side by side; `close` takes everything away.
 */
import { spawn } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';

export const repository = path.resolve(import.meta.dirname, '../../..');
const CLI = path.join(repository, 'packages/cli/dist/main.js');

export interface Result {
  code: number | null;
  stdout: string;
  stderr: string;
}

export interface CommandCluster {
  home: string;
  env: NodeJS.ProcessEnv;
  /** Runs a command line of mkube; the code is for the test to judge. */
  mkube(args: readonly string[], options?: RunOptions): Promise<Result>;
  /** Throws with what it said when it failed. */
  must(args: readonly string[], options?: RunOptions): Promise<string>;
  kubectl(args: readonly string[], options?: RunOptions): Promise<Result>;
  close(): Promise<void>;
}

export interface RunOptions {
  input?: string;
  timeoutMs?: number;
}

/** kubectl out of the npm packages that the test set-up fetches, by minor version. */
export function kubectlPath(minor = 35): string | undefined {
  const file = path.join(repository, `.cache/kubectl-v${minor}/kubectl`);
  return fs.existsSync(file) ? file : undefined;
}

export function prepareCluster(label: string): CommandCluster {
  const home = fs.mkdtempSync(path.join(os.tmpdir(), `mkube-${label}-`));
  const env = {
    ...process.env,
    HOME: home,
    MKUBE_HOME: path.join(home, 'mkube'),
    KUBECONFIG: path.join(home, 'kubeconfig'),
    NO_COLOR: '1',
  };
  const mkube = (args: readonly string[], options: RunOptions = {}) =>
    run(process.execPath, [CLI, ...args], env, options);
  return {
    home,
    env,
    mkube,
    async must(args, options) {
      const { code, stdout, stderr } = await mkube(args, options);
      if (code !== 0) throw new Error(`mkube ${args.join(' ')} ended with ${code}: ${stderr}`);
      return stdout;
    },
    kubectl: (args, options = {}) => run(kubectlPath() ?? 'kubectl', args, env, options),
    async close() {
      await mkube(['reset', '--yes']);
      fs.rmSync(home, { recursive: true, force: true });
    },
  };
}

export function run(
  file: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  { input, timeoutMs = 60_000 }: RunOptions,
): Promise<Result> {
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, { env, stdio: ['pipe', 'pipe', 'pipe'], timeout: timeoutMs });
    const [out, err]: [Buffer[], Buffer[]] = [[], []];
    child.stdout.on('data', (c: Buffer) => out.push(c));
    child.stderr.on('data', (c: Buffer) => err.push(c));
    child.stdin.on('error', () => undefined);
    child.stdin.end(input ?? '');
    child.once('error', reject);
    child.once('close', (code) =>
      resolve({ code, stdout: Buffer.concat(out).toString(), stderr: Buffer.concat(err).toString() }),
    );
  });
}

/** Waits until `look` gives something, looking again every so often; throws `what` at the deadline. */
export async function eventually<T>(
  what: string,
  look: () => Promise<T | undefined | false>,
  deadlineMs = 30_000,
): Promise<T> {
  const end = Date.now() + deadlineMs;
  for (;;) {
    const found = await look();
    if (found !== undefined && found !== false) return found;
    if (Date.now() > end) throw new Error(`not within ${deadlineMs} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
