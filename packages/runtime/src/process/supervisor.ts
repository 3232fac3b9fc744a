/**
 * The parent of one plain process: writes its output as a log in CRI's format and its exit code to a file, and outlives the
 * kubelet. Reads its SupervisorJob, as JSON, from its input: it has secrets, and all
 * users of a machine see the arguments of programs. Prints a line to stdout once it is decided whether it runs.
 */
import { spawn } from 'node:child_process';
import { createWriteStream, type WriteStream } from 'node:fs';
import os from 'node:os';
import { writeFileAtomic } from '../atomic-file.ts';
import { createLogEncoder } from '../logs.ts';

export interface SupervisorJob {
  argv: string[];
  env: Record<string, string>;
  cwd: string;
  logPath: string;
  exitFile: string;
}

/** What it prints: one line of JSON. */
export interface SupervisorAnswer {
  pid?: number;
  error?: string;
}

export function supervise({ argv, env, cwd, logPath, exitFile }: SupervisorJob): void {
  const answer = (line: SupervisorAnswer): void => void process.stdout.write(`${JSON.stringify(line)}\n`);
  process.stdout.on('error', () => undefined); // the kubelet went meanwhile
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined);
  const [file = '', ...args] = argv;
  const child = spawn(file, args, { env, cwd, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  const log = openLog(logPath);
  const encoder = createLogEncoder();
  child.on('spawn', () => answer({ pid: child.pid }));
  child.on('error', (error) => answer({ error: error.message }));
  child.stdout.on('data', (chunk: Buffer) => log.write(encoder.write('stdout', chunk, new Date())));
  child.stderr.on('data', (chunk: Buffer) => log.write(encoder.write('stderr', chunk, new Date())));
  child.on('exit', (code, signal) => {
    const exitCode = code ?? 128 + (signal ? os.constants.signals[signal] : 0);
    // Its children may hold the pipes open for ever: what was written until now is what counts.
    setTimeout(() => {
      log.end(encoder.end(new Date()), () => {
        writeFileAtomic(exitFile, String(exitCode));
        process.exit(0);
      });
    }, 20);
  });
}

/** SIGUSR1 opens the file anew: it was moved away. */
function openLog(logPath: string): { write(data: Buffer): void; end(data: Buffer, done: () => void): void } {
  const open = (): WriteStream => createWriteStream(logPath, { flags: 'a', mode: 0o640 }).on('error', () => undefined);
  let stream = open();
  process.on('SIGUSR1', () => {
    stream.end();
    stream = open();
  });
  return {
    write: (data) => void (data.length > 0 && stream.write(data)),
    end(data, done) {
      if (data.length > 0) stream.write(data);
      stream.end(done);
    },
  };
}
