/**
 * Keeps container logs from filling the disk: a file that has grown too long is moved aside (0.log.20250601-120000), the runtime
 * opens a new one, all but the last that was moved are compressed, and the oldest go. All of it is still read by `logs`.
 */
import fs from 'node:fs/promises';
import type { Clock } from '@mkube/client';
import type { ContainerStatus, Runtime } from '@mkube/runtime';
import { compressLogFile, isCompressed, logFilesOf } from './log-files.ts';

export interface LogLimits {
  /** Of one file. */
  maxBytes: number;
  /** Of one container, the one being written among them. */
  maxFiles: number;
}

/** One log after the other; what stands in the way of one holds up no other, and is thrown at the end. */
export async function rotateLogs(
  containers: Iterable<ContainerStatus>,
  { runtime, clock, limits }: { runtime: Runtime; clock: Clock; limits: LogLimits },
): Promise<void> {
  const faults: unknown[] = [];
  for (const container of containers) {
    if (container.state !== 'running' || (await sizeOf(container.logPath)) < limits.maxBytes) continue;
    await rotateLog(container, { runtime, clock, limits }).catch((error: unknown) => faults.push(error));
  }
  if (faults.length > 0) throw faults[0];
}

const sizeOf = (file: string): Promise<number> =>
  fs.stat(file).then(
    (stats) => stats.size,
    () => 0,
  );

async function rotateLog(
  { id, logPath }: ContainerStatus,
  { runtime, clock, limits }: { runtime: Runtime; clock: Clock; limits: LogLimits },
): Promise<void> {
  await removeOldest(logPath, limits.maxFiles - 1);
  for (const file of (await logFilesOf(logPath)).slice(0, -1)) if (!isCompressed(file)) await compressLogFile(file);
  const aside = `${logPath}.${stampOf(clock.now())}`;
  await fs.rename(logPath, aside);
  try {
    await runtime.reopenContainerLog(id);
  } catch (error) {
    await fs.rename(aside, logPath); // it is still being written
    throw error;
  }
}

/** `keep` counts the file that is about to be moved aside. */
async function removeOldest(logPath: string, keep: number): Promise<void> {
  const rotated = (await logFilesOf(logPath)).slice(0, -1);
  const surplus = rotated.slice(0, Math.max(0, rotated.length - (keep - 1)));
  for (const file of surplus) await fs.rm(file, { force: true });
}

const stampOf = (now: Date): string =>
  now
    .toISOString()
    .replace(/[-:]/g, '')
    .replace('T', '-')
    .replace(/\.(\d{3})Z$/, '-$1');
