/**
 * The streams a command talks to: everything a command prints or reads goes through here, so that a test runs any command
 * without a process. Only main.ts knows process.
 */
import type { Readable } from 'node:stream';

export interface Io {
  stdin: Readable & { isTTY?: boolean; setRawMode?(raw: boolean): unknown };
  out(text: string): void;
  err(text: string): void;
  /** Raw bytes to stdout (logs, exec); resolves when there is room again. */
  outBytes(bytes: Buffer): Promise<void>;
  errBytes(bytes: Buffer): Promise<void>;
  /** Terminals get colour and progress, pipes get plain lines. */
  isTerminal: boolean;
  /** Columns and rows of the terminal, where there is one. */
  size?(): { width: number; height: number };
  onResize?(listener: () => void): void;
  env: Readonly<Record<string, string | undefined>>;
  cwd: string;
  now(): Date;
  /** Aborted by SIGINT and SIGTERM. */
  signal: AbortSignal;
}

/** Ends the command with this message on stderr and this exit code. */
export class CommandError extends Error {
  readonly exitCode: number;
  constructor(message: string, exitCode = 1, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'CommandError';
    this.exitCode = exitCode;
  }
}

/** Wrong words on the command line: the message is followed by how to get help. */
export class UsageError extends CommandError {
  constructor(message: string) {
    super(message);
    this.name = 'UsageError';
  }
}
