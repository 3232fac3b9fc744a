/**
 * What a fake container runs: a program gets its argv and streams and resolves with an exit code. The default program
 * understands the few shell words that tests and simulations need: echo [-n] [>&2], exit, sleep, trap, cat, hostname, wait.
 * Anything else fails as a shell does: 127, `not found`.
 */
import path from 'node:path';
import type { Readable } from 'node:stream';

export interface FakeProcess {
  argv: readonly string[];
  env: Readonly<Record<string, string>>;
  hostname: string;
  stdin: Readable | undefined;
  write(stream: 'stdout' | 'stderr', text: string | Buffer): void;
  /** Calls back with each signal's name; what came before is told at once. A program may ignore all but SIGKILL. */
  onSignal(listener: (signal: string) => void): void;
}

export type FakeProgram = (process: FakeProcess) => Promise<number>;

const SIGNAL_CODES: Record<string, number> = { SIGHUP: 129, SIGINT: 130, SIGQUIT: 131, SIGKILL: 137, SIGTERM: 143 };

/** Runs `sh -c SCRIPT`, or a bare command of the words above. */
export const runFakeShell: FakeProgram = async (process) => {
  const [name = '', flag, script = ''] = process.argv;
  const isShell = name.endsWith('sh') && flag === '-c';
  const statements = isShell ? parseScript(script, process.env) : [process.argv.slice()];
  const shell: Shell = { onTerm: undefined, code: 0 };
  for (const words of statements) {
    if (await runStatement(words, process, shell)) break;
  }
  return shell.code;
};

interface Shell {
  onTerm: string | undefined;
  code: number;
}

function parseScript(script: string, env: Readonly<Record<string, string>>): string[][] {
  const tokens = script.match(/'[^']*'|"[^"]*"|>&2|[;&\n]|[^\s;&'"]+/g) ?? [];
  const statements: string[][] = [[]];
  for (const token of tokens) {
    if (/^[;&\n]$/.test(token)) statements.push([]);
    else statements.at(-1)?.push(expand(token, env));
  }
  return statements.filter((words) => words.length > 0);
}

function expand(token: string, env: Readonly<Record<string, string>>): string {
  if (token.startsWith("'")) return token.slice(1, -1);
  const bare = token.startsWith('"') ? token.slice(1, -1) : token;
  return bare.replace(/\$\{?(\w+)\}?/g, (_, name: string) => env[name] ?? '');
}

/** True when the script is over. */
async function runStatement(words: string[], process: FakeProcess, shell: Shell): Promise<boolean> {
  const [name = '', ...args] = words;
  shell.code = 0;
  switch (path.basename(name)) {
    case 'echo': {
      const [stream, end] = [args.includes('>&2') ? 'stderr' : 'stdout', args[0] === '-n' ? '' : '\n'] as const;
      process.write(stream, `${args.filter((a) => a !== '>&2' && a !== '-n').join(' ')}${end}`);
      return false;
    }
    case 'exit':
      shell.code = Number(args[0] ?? 0);
      return true;
    case 'true':
    case 'wait':
      return false;
    case 'false':
      shell.code = 1;
      return false;
    case 'hostname':
      process.write('stdout', `${process.hostname}\n`);
      return false;
    case 'trap':
      shell.onTerm = args[0] ?? '';
      return false;
    case 'cat':
      return Promise.race([copyInput(process), interrupted(process, shell)]);
    case 'sleep':
      return sleep(args[0] === 'infinity' ? Infinity : Number(args[0]), process, shell);
    default:
      process.write('stderr', `sh: ${name}: not found\n`);
      shell.code = 127;
      return true;
  }
}

async function copyInput({ stdin, write }: FakeProcess): Promise<boolean> {
  for await (const chunk of stdin ?? []) write('stdout', Buffer.from(chunk as Uint8Array));
  return false;
}

function sleep(seconds: number, process: FakeProcess, shell: Shell): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const over = new Promise<boolean>((resolve) => {
    if (Number.isFinite(seconds)) timer = setTimeout(() => resolve(false), seconds * 1000);
  });
  return Promise.race([over, interrupted(process, shell)]).finally(() => clearTimeout(timer));
}

/** Resolves with a signal that ends the script: SIGKILL does always, others as the trap says ('' ignores them). */
function interrupted(process: FakeProcess, shell: Shell): Promise<boolean> {
  return new Promise((resolve) => {
    process.onSignal((signal) => {
      if (signal !== 'SIGKILL' && shell.onTerm === '') return;
      const exit = signal === 'SIGKILL' ? undefined : /^exit (\d+)$/.exec(shell.onTerm ?? '');
      shell.code = exit ? Number(exit[1]) : (SIGNAL_CODES[signal] ?? 137);
      resolve(true);
    });
  });
}
