/**
 * Who called: under sudo that is the user behind it. Files go to the caller's home and get the caller as owner.
 * Reads the environment it is given, never the process's own.
 */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

export type Env = Readonly<Record<string, string | undefined>>;

export interface Caller {
  /** The home folder that files of this call go to. */
  home: string;
  /** Set under sudo: who shall own what is written. */
  uid?: number;
  gid?: number;
}

export function callerOf(env: Env, isRoot: boolean = process.getuid?.() === 0): Caller {
  const uid = numberOf(env['SUDO_UID']);
  const gid = numberOf(env['SUDO_GID']);
  const own = env['HOME'] || homeOfProcess();
  if (!isRoot || uid === undefined || gid === undefined || uid === 0) return { home: own };
  return { home: homeOfUid(uid) ?? own, uid, gid };
}

/** MKUBE_HOME or ~/.mkube, absolute. */
export function mkubeHomeOf(env: Env, caller: Caller = callerOf(env)): string {
  const asked = env['MKUBE_HOME'];
  return path.resolve(asked === undefined || asked === '' ? path.join(caller.home, '.mkube') : asked);
}

/** Gives a path that root wrote to the caller behind sudo; for everybody else nothing is to do. */
export function giveTo(caller: Caller, file: string): void {
  if (caller.uid !== undefined && caller.gid !== undefined) fs.lchownSync(file, caller.uid, caller.gid);
}

function numberOf(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,10}$/.test(text) ? Number(text) : undefined;
}

/** A number without a name, as in some containers, has none: then what is to be written needs a place that is named. */
function homeOfProcess(): string {
  try {
    return os.userInfo().homedir;
  } catch {
    return '/';
  }
}

function homeOfUid(uid: number): string | undefined {
  const line = fs
    .readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .find((l) => l.split(':')[2] === String(uid));
  return line?.split(':')[5] || undefined;
}
