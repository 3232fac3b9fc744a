/** A container's system call filter: none, a profile of the node, or the default, made for its capabilities. */
import { readFileSync } from 'node:fs';
import { capabilitiesOf } from './capabilities.ts';
import { defaultSeccomp } from './seccomp-default.ts';
import { RuntimeError, type SecurityContext } from '../runtime.ts';

export function seccompOf(security: SecurityContext, available: readonly string[]): object | undefined {
  const { seccomp, privileged } = security;
  if (privileged || seccomp === 'unconfined') return undefined;
  if (seccomp === 'runtime/default') return defaultSeccomp(capabilitiesOf(security, available));
  try {
    return JSON.parse(readFileSync(seccomp.localhostProfile, 'utf8')) as object;
  } catch (cause) {
    const message = `cannot read seccomp profile ${seccomp.localhostProfile}: ${(cause as Error).message}`;
    throw new RuntimeError('CannotRun', message, { cause });
  }
}
