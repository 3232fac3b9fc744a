/**
 * Which images go, and what the node has to say of it: those that nobody uses, the longest unused first, young ones spared,
 * until enough is free. Pure. Numbers and words are Kubernetes'.
 */
import type { Image } from '@mkube/runtime';

export interface ImageRecord {
  image: Image;
  firstSeen: Date;
  /** Undefined: never, as far as this kubelet knows. */
  lastUsed: Date | undefined;
}

export interface GcLimits {
  highPercent: number;
  lowPercent: number;
  minimumAgeSeconds: number;
  /** 0: an image may stay unused for ever. */
  maximumAgeSeconds: number;
}

/** Keeps what was known of images that are still there; those in use are used now. */
export function noteImages(
  known: ReadonlyMap<string, ImageRecord>,
  images: readonly Image[],
  { inUse, now }: { inUse: ReadonlySet<string>; now: Date },
): Map<string, ImageRecord> {
  return new Map(
    images.map((image) => {
      const before = known.get(image.id);
      const isUsed = image.pinned === true || inUse.has(image.id);
      const record = { image, firstSeen: before?.firstSeen ?? now, lastUsed: isUsed ? now : before?.lastUsed };
      return [image.id, record];
    }),
  );
}

/** In the order of their going; none that is in use at `now`, none younger than the least age. */
export function removableImages(
  records: Iterable<ImageRecord>,
  { now, minimumAgeSeconds }: { now: Date; minimumAgeSeconds: number },
): ImageRecord[] {
  return [...records]
    .filter(({ lastUsed }) => lastUsed === undefined || lastUsed < now)
    .filter(({ firstSeen }) => now.getTime() - firstSeen.getTime() >= minimumAgeSeconds * 1000)
    .toSorted((a, b) => timeOf(a) - timeOf(b) || a.firstSeen.getTime() - b.firstSeen.getTime());
}

const timeOf = ({ lastUsed }: ImageRecord): number => lastUsed?.getTime() ?? 0;

/** Unused for longer than any image may be. */
export const isTooOld = (record: ImageRecord, now: Date, maximumAgeSeconds: number): boolean =>
  maximumAgeSeconds > 0 && now.getTime() - (record.lastUsed ?? record.firstSeen).getTime() > maximumAgeSeconds * 1000;

/** Bytes to free; 0 while the file system is below the high threshold. */
export function bytesToFree(disk: { capacity: number; available: number }, limits: GcLimits): number {
  const { capacity, available } = disk;
  if (capacity === 0) return 0;
  const usedPercent = 100 - Math.floor((Math.min(available, capacity) * 100) / capacity);
  if (usedPercent < limits.highPercent) return 0;
  return Math.max(0, Math.floor((capacity * (100 - limits.lowPercent)) / 100) - available);
}

export const notEnoughFreed = (wanted: number, freed: number): string =>
  `Failed to garbage collect required amount of images. Attempted to free ${wanted} bytes, but only found ${freed} bytes eligible to free.`;
