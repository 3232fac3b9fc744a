/** What of the machine a container does not see, or sees and cannot write, unless it is privileged or asks for other paths. Pure. */
import type { SecurityContext } from './runtime.ts';

const MASKED = [
  '/proc/asound',
  '/proc/acpi',
  '/proc/interrupts',
  '/proc/kcore',
  '/proc/keys',
  '/proc/latency_stats',
  '/proc/timer_list',
  '/proc/timer_stats',
  '/proc/sched_debug',
  '/proc/scsi',
  '/sys/firmware',
  '/sys/devices/virtual/powercap',
];
const READONLY = ['/proc/bus', '/proc/fs', '/proc/irq', '/proc/sys', '/proc/sysrq-trigger'];

/** Kubernetes' own lists: an engine takes an empty list as "none". */
export function hiddenPathsOf({ privileged, maskedPaths, readonlyPaths }: SecurityContext): {
  maskedPaths: string[];
  readonlyPaths: string[];
} {
  if (privileged) return { maskedPaths: [], readonlyPaths: [] };
  return { maskedPaths: maskedPaths ?? MASKED, readonlyPaths: readonlyPaths ?? READONLY };
}
