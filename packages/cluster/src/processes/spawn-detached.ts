/**
 * Starts a part of a cluster that outlives this process: own session, output appended to a log file, pid file written.
 * The environment is small on purpose: what is a secret in the caller's stays there.
 */
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import type { Readable } from 'node:stream';
import { type Caller, giveTo } from '../state/caller.ts';
import { explainFileError } from '../state/cluster-error.ts';
import type { ProcessId } from '../state/process-id.ts';
import { writePidFile } from './pid-file.ts';
import { type ReadyMessage, READY_FD, receiveReady } from './ready-message.ts';

const LARGEST_LOG = 16 << 20;
const KEPT = [
  'PATH',
  'HOME',
  'LANG',
  'TZ',
  'TMPDIR',
  'HTTP_PROXY',
  'HTTPS_PROXY',
  'NO_PROXY',
  'NODE_EXTRA_CA_CERTS',
  'SSL_CERT_FILE',
];

export interface DetachedOptions {
  command: string[];
  logFile: string;
  pidFile: string;
  /** Marks that teardown finds the process by, see find-processes.ts. */
  marks: Record<string, string>;
  env: Readonly<Record<string, string | undefined>>;
  owner: Caller;
}

export interface Detached {
  id: ProcessId;
  /** The child's word; undefined when it ended without one. */
  ready: Promise<ReadyMessage | undefined>;
  /** Lets this process end while the child lives. */
  release(): void;
}

export async function spawnDetached(options: DetachedOptions): Promise<Detached> {
  const log = openLog(options.logFile, options.owner);
  const [file = '', ...args] = options.command;
  const kept = Object.entries(options.env).filter(([name]) => KEPT.includes(name.toUpperCase()));
  const child = spawn(file, args, {
    detached: true,
    cwd: '/',
    stdio: ['ignore', log, log, 'pipe'],
    env: { ...Object.fromEntries(kept), PATH: pathOf(options.env), ...options.marks, MKUBE_READY_FD: String(READY_FD) },
  });
  fs.closeSync(log);
  await new Promise((resolve, reject) => {
    child.once('spawn', resolve);
    child.once('error', (error) => reject(new Error(`cannot start ${file}: ${error.message}`, { cause: error })));
  });
  const pipe = child.stdio[READY_FD] as Readable;
  const id = writePidFile(options.pidFile, child.pid ?? 0, options.owner) ?? { pid: child.pid ?? 0 };
  return {
    id,
    ready: receiveReady(pipe),
    release() {
      pipe.destroy();
      child.unref();
    },
  };
}

/** runc, nft and the like are in folders that a user's PATH may lack. */
function pathOf(env: DetachedOptions['env']): string {
  const folders = (env['PATH'] ?? '').split(':').filter((folder) => folder !== '');
  return [...new Set([...folders, '/usr/local/sbin', '/usr/sbin', '/usr/bin', '/sbin', '/bin'])].join(':');
}

/** A log that has grown large becomes `<file>.1`. */
function openLog(file: string, owner: Caller): number {
  try {
    if (fs.existsSync(file) && fs.statSync(file).size > LARGEST_LOG) fs.renameSync(file, `${file}.1`);
    const log = fs.openSync(file, 'a', 0o640);
    giveTo(owner, file);
    return log;
  } catch (error) {
    throw explainFileError(`write the log ${file}`, error);
  }
}
