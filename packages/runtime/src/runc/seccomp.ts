/** A container's system call filter: none, a profile of the node, or the default, which is only read when asked for. */
import { readFileSync } from 'node:fs';
import { RuntimeError, type SecurityContext } from '../runtime.ts';

export function seccompOf({ seccomp, privileged }: SecurityContext): object | undefined {
  if (privileged || seccomp === 'unconfined' || seccomp === 'runtime/default') return undefined;
  try {
    return JSON.parse(readFileSync(seccomp.localhostProfile, 'utf8')) as object;
  } catch (cause) {
    const message = `cannot read seccomp profile ${seccomp.localhostProfile}: ${(cause as Error).message}`;
    throw new RuntimeError('CannotRun', message, { cause });
  }
}
