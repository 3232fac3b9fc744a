/** Linux capabilities of containers: Docker's default set, what a pod adds and drops, and no more than this process has. */
import { readFileSync } from 'node:fs';
import type { SecurityContext } from '../runtime.ts';

/** In the kernel's order: the position is the bit. */
const ALL = [
  'CHOWN DAC_OVERRIDE DAC_READ_SEARCH FOWNER FSETID KILL SETGID SETUID SETPCAP',
  'LINUX_IMMUTABLE NET_BIND_SERVICE NET_BROADCAST NET_ADMIN NET_RAW IPC_LOCK IPC_OWNER',
  'SYS_MODULE SYS_RAWIO SYS_CHROOT SYS_PTRACE SYS_PACCT SYS_ADMIN SYS_BOOT SYS_NICE',
  'SYS_RESOURCE SYS_TIME SYS_TTY_CONFIG MKNOD LEASE AUDIT_WRITE AUDIT_CONTROL SETFCAP',
  'MAC_OVERRIDE MAC_ADMIN SYSLOG WAKE_ALARM BLOCK_SUSPEND AUDIT_READ PERFMON BPF',
  'CHECKPOINT_RESTORE',
].flatMap(namesOf);

const DEFAULT = [
  'CHOWN DAC_OVERRIDE FSETID FOWNER MKNOD NET_RAW SETGID SETUID SETFCAP SETPCAP',
  'NET_BIND_SERVICE SYS_CHROOT KILL AUDIT_WRITE',
].flatMap(namesOf);

/** What this machine's root has: containers of a machine in a sandbox cannot have more. */
export function ownCapabilities(): string[] {
  const mask = BigInt(`0x${/^CapBnd:\s*([0-9a-f]+)/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? '0'}`);
  return ALL.filter((_, bit) => (mask >> BigInt(bit)) & 1n);
}

export function capabilitiesOf(security: SecurityContext, available: readonly string[]): string[] {
  if (security.privileged) return [...available];
  const add = security.addCapabilities.map(fullName);
  const drop = new Set(security.dropCapabilities.map(fullName));
  const base = drop.has('CAP_ALL') ? [] : DEFAULT;
  const wanted = add.includes('CAP_ALL') ? ALL : ALL.filter((c) => add.includes(c) || base.includes(c));
  return wanted.filter((c) => available.includes(c) && (!drop.has(c) || (drop.has('CAP_ALL') && add.includes(c))));
}

function namesOf(line: string): string[] {
  return line.split(' ').map((name) => `CAP_${name}`);
}

function fullName(name: string): string {
  const upper = name.toUpperCase();
  return upper.startsWith('CAP_') ? upper : `CAP_${upper}`;
}
