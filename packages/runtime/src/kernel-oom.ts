/**
 * Containers of which the kernel killed a process for want of memory, by the kernel's own log. Engines hear of it from a
 * notice beside that of the exit, and lose it where the exit comes first and takes the control group along.
 */
import { closeSync, constants, openSync, readSync } from 'node:fs';
import type { ContainerStatus } from './runtime.ts';

const LOG = '/dev/kmsg';
/** A record is no longer than this: a shorter buffer is refused. */
const RECORD_BYTES = 8192;
const REMEMBERED = 1000;

export interface KernelOom {
  /** The status, whose reason is 'OOMKilled' where the kernel killed the container and the engine did not notice. */
  correct(status: ContainerStatus): ContainerStatus;
  close(): void;
}

/** Knows of none where the log may not be read. */
export function openKernelOom(log = LOG): KernelOom {
  const fd = open(log);
  const record = Buffer.alloc(RECORD_BYTES);
  const killed = new Set<string>();
  const readOn = (): void => {
    if (fd === undefined) return;
    for (let text = next(fd, record); text !== undefined; text = next(fd, record)) {
      const id = killedIn(text);
      if (id) killed.add(id);
    }
    for (const id of killed) if (killed.size > REMEMBERED) killed.delete(id);
  };
  return {
    correct(status) {
      if (status.exitCode !== 137 || status.reason === 'OOMKilled') return status;
      readOn();
      return killed.has(status.id) ? { ...status, reason: 'OOMKilled' } : status;
    },
    close() {
      if (fd !== undefined) closeSync(fd);
    },
  };
}

/** The container in whose control group the process was: engines end its path, or a part of it, with the container's id. */
export function killedIn(record: string): string | undefined {
  return /\boom-kill:.*\btask_memcg=[^,]*?([0-9a-f]{64})/.exec(record)?.[1];
}

function open(log: string): number | undefined {
  try {
    return openSync(log, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch {
    return undefined;
  }
}

/** One record a read; records that were overwritten meanwhile are passed over. */
function next(fd: number, record: Buffer): string | undefined {
  for (;;)
    try {
      const length = readSync(fd, record);
      return length > 0 ? record.toString('latin1', 0, length) : undefined;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EPIPE') return undefined;
    }
}
