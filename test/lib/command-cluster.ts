/**
 * A throw-away cluster for a test file, driven as a user drives it: by command lines. It has a home, a kubeconfig and a port of
 * its own, so that files run side by side; `close` takes everything away.
 */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';

export const repository = path.resolve(import.meta.dirname, '../../..');
const CLI = path.join(repository, 'packages/cli/dist/bundle/mkube.cjs');

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
  /** As `must`, with the real kubectl. */
  mustKubectl(args: readonly string[], options?: RunOptions): Promise<string>;
  /** kubectl in the background: `get -w`, `logs -f`. */
  follow(args: readonly string[]): Following;
  /** One value of the API; '' where there is none. */
  value(what: readonly string[], jsonpath: string): Promise<string>;
  /** The process of a part: 'server', 'node-1'. */
  pid(part: string): number;
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

/** Why real containers cannot run here, or false. */
export function whyNoContainers(): string | false {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return 'needs root on Linux';
  const folders = [...(process.env['PATH'] ?? '').split(':'), '/usr/sbin', '/sbin'];
  const missing = ['runc', 'conmon', 'ip', 'nft'].filter((t) => !folders.some((f) => fs.existsSync(path.join(f, t))));
  if (missing.length > 0) return `${missing.join(', ')} missing`;
  return fs.existsSync(CLI) ? false : 'not built: npm run build';
}

export const whyNoKubectl = (): string | false =>
  whyNoContainers() || (kubectlPath() ? false : 'no real kubectl: node scripts/setup.mjs --tests');

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
  const kubectlFile = kubectlPath() ?? 'kubectl';
  const kubectl = (args: readonly string[], options: RunOptions = {}) => run(kubectlFile, args, env, options);
  return {
    home,
    env,
    mkube,
    must: async (args, options) => outputOf(`mkube ${args.join(' ')}`, await mkube(args, options)),
    kubectl,
    mustKubectl: async (args, options) => outputOf(`kubectl ${args.join(' ')}`, await kubectl(args, options)),
    follow: (args) => new Following(kubectlFile, args, env),
    value: async (what, jsonpath) => (await kubectl(['get', ...what, '-o', `jsonpath=${jsonpath}`])).stdout,
    pid: (part) => Number(fs.readFileSync(path.join(home, 'mkube/mkube/run', `${part}.pid`), 'utf8').split(' ')[0]),
    async close() {
      const { code, stderr } = await mkube(['reset', '--yes']);
      if (code !== 0) throw new Error(`reset ended with ${code}: ${stderr}`);
      fs.rmSync(home, { recursive: true, force: true });
    },
  };
}

function outputOf(what: string, { code, stdout, stderr }: Result): string {
  if (code !== 0) throw new Error(`${what} ended with ${code}: ${stderr}`);
  return stdout;
}

/** A program that goes on: what it has said so far, and its end. */
export class Following {
  readonly #child: ChildProcessWithoutNullStreams;
  text = '';

  constructor(file: string, args: readonly string[], env: NodeJS.ProcessEnv) {
    this.#child = spawn(file, args, { env, stdio: ['pipe', 'pipe', 'pipe'] });
    const hear = (chunk: Buffer) => (this.text += chunk.toString());
    this.#child.stdout.on('data', hear);
    this.#child.stderr.on('data', hear);
    this.#child.stdin.on('error', () => undefined);
  }

  write(text: string): void {
    this.#child.stdin.write(text);
  }

  stop(): void {
    this.#child.kill('SIGKILL');
  }
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
