/**
 * Takes away images that nobody uses when their file system fills up, and on request of eviction. An image of a container that
 * is there, ended or not, stays; so does one that the runtime pins.
 */
import fs from 'node:fs/promises';
import { type Clock, pause } from '@mkube/client';
import type { Image, Runtime } from '@mkube/runtime';
import type { Logger } from 'pino';
import type { NodeEvents } from '../events.ts';
import {
  bytesToFree,
  type GcLimits,
  type ImageRecord,
  isTooOld,
  noteImages,
  notEnoughFreed,
  removableImages,
} from './gc-plan.ts';
import type { PullRecords } from './pull-records.ts';

export interface ImageGcDeps {
  runtime: Runtime;
  limits: GcLimits;
  /** Forget the images that have gone, whoever took them away. */
  pulls: Pick<PullRecords, 'keepOnly'>;
  nodeEvents: NodeEvents;
  clock: Clock;
  log: Logger;
  /** For tests: what the file system of the images has. */
  diskOf?: (folder: string) => Promise<{ capacity: number; available: number }>;
}

export interface ImageGc {
  /** All that may go, whatever the thresholds say: the disk is full. */
  freeAll(): Promise<void>;
  /** One round: by age, then by the thresholds. */
  collect(): Promise<void>;
  run(signal: AbortSignal): Promise<void>;
}

const COLLECT_EVERY_MS = 300_000;

export function createImageGc(deps: ImageGcDeps): ImageGc {
  const { runtime, limits, pulls, nodeEvents, clock, log, diskOf = statDisk } = deps;
  let records = new Map<string, ImageRecord>();
  let failedBefore = false;
  let folder: string | undefined; // asked for once: an engine may add up all its images to answer

  /** The earliest moment from which on an image counts as unused is after all that is in use was noted. */
  const note = async (): Promise<Date> => {
    const now = clock.now();
    const [images, containers] = await Promise.all([runtime.listImages(), runtime.listContainers()]);
    const inUse = new Set(containers.flatMap(({ imageId, image }) => [imageId, image]));
    records = noteImages(records, images, { inUse: new Set(images.filter(isIn(inUse)).map(({ id }) => id)), now });
    return now;
  };
  /** Gives the bytes that were freed. */
  const free = async (wanted: number): Promise<number> => {
    const now = await note();
    let freed = 0;
    for (const { image } of removableImages(records.values(), { now, minimumAgeSeconds: limits.minimumAgeSeconds })) {
      if (freed >= wanted) break;
      freed += await remove(image);
    }
    return freed;
  };
  const remove = async (image: Image): Promise<number> => {
    try {
      log.info({ image: image.tags[0] ?? image.id, bytes: image.size }, 'removing an image that nobody uses');
      await runtime.removeImage(image.id);
      records.delete(image.id);
      return image.size;
    } catch (err) {
      log.warn({ err, image: image.id }, 'cannot remove an image');
      return 0;
    }
  };
  const removeTooOld = async (now: Date): Promise<void> => {
    const unused = removableImages(records.values(), { now, minimumAgeSeconds: limits.minimumAgeSeconds });
    for (const record of unused) if (isTooOld(record, now, limits.maximumAgeSeconds)) await remove(record.image);
  };

  const collect = async (): Promise<void> => {
    const now = await note();
    await removeTooOld(now);
    pulls.keepOnly(new Set(records.keys()), now);
    folder ??= (await runtime.imageFsInfo()).mountpoint;
    const disk = await diskOf(folder);
    if (disk.capacity === 0) {
      const message = 'invalid capacity 0 on image filesystem';
      nodeEvents.ofNode('Warning', 'InvalidDiskCapacity', message);
      throw new Error(message);
    }
    const wanted = bytesToFree(disk, limits);
    const freed = wanted > 0 ? await free(wanted) : 0;
    if (freed >= wanted) return;
    const message = notEnoughFreed(wanted, freed);
    nodeEvents.ofNode('Warning', 'FreeDiskSpaceFailed', message);
    throw new Error(message);
  };
  return {
    async freeAll() {
      await free(Infinity);
    },
    collect,
    async run(signal) {
      while (!signal.aborted) {
        try {
          await collect();
          failedBefore = false;
        } catch (error) {
          const why = error instanceof Error ? error.message : String(error);
          log.warn({ why }, 'cannot make room for images');
          // the first failure may be one of the start; the second is worth telling
          if (failedBefore) nodeEvents.ofNode('Warning', 'ImageGCFailed', why);
          failedBefore = true;
        }
        await pause(clock, COLLECT_EVERY_MS, signal);
      }
    },
  };
}

const isIn =
  (names: ReadonlySet<string>) =>
  ({ id, tags, digests }: Image): boolean =>
    [id, ...tags, ...digests].some((name) => names.has(name));

async function statDisk(folder: string): Promise<{ capacity: number; available: number }> {
  const { blocks, bavail, bsize } = await fs.statfs(folder);
  return { capacity: blocks * bsize, available: bavail * bsize };
}
