import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createManualClock } from '@mkube/client';
import type { Image } from '@mkube/runtime';
import { createFakeRuntime } from '@mkube/runtime';
import { pino } from 'pino';
import { ago, NOW } from '../testing/pods.test.ts';
import { createImageGc } from './gc.ts';
import { bytesToFree, type ImageRecord, isTooOld, noteImages, removableImages } from './gc-plan.ts';

const limits = { highPercent: 85, lowPercent: 80, minimumAgeSeconds: 120, maximumAgeSeconds: 0 };
const image = (id: string, rest: Partial<Image> = {}): Image => ({
  id,
  tags: [],
  digests: [`r@${id}`],
  size: 10,
  ...rest,
});
const record = (id: string, firstSeen: Date, lastUsed?: Date): ImageRecord => ({
  image: image(id),
  firstSeen,
  lastUsed,
});
const idsOf = (records: ImageRecord[]): string[] => records.map((one) => one.image.id);

describe('which images go', () => {
  it('none while the disk is below the high threshold, and then enough to come down to the low one', () => {
    assert.equal(bytesToFree({ capacity: 1000, available: 160 }, limits), 0);
    assert.equal(bytesToFree({ capacity: 1000, available: 150 }, limits), 50);
    assert.equal(bytesToFree({ capacity: 0, available: 0 }, limits), 0);
  });

  it('the longest unused first, young ones and those in use not at all', () => {
    const records = [
      record('young', ago(60)),
      record('recent', ago(900), ago(100)),
      record('never', ago(800)),
      record('old', ago(900), ago(500)),
      record('busy', ago(900), NOW),
    ];
    assert.deepEqual(idsOf(removableImages(records, { now: NOW, minimumAgeSeconds: 120 })), ['never', 'old', 'recent']);
  });

  it('what was known of an image stays, and a pinned one counts as in use', () => {
    const before = new Map([['a', record('a', ago(500), ago(300))]]);
    const images = [image('a'), image('b'), image('c', { pinned: true })];
    const after = noteImages(before, images, { inUse: new Set(['b']), now: NOW });
    assert.deepEqual(
      [...after.values()].map(({ firstSeen, lastUsed }) => [firstSeen, lastUsed]),
      [
        [ago(500), ago(300)],
        [NOW, NOW],
        [NOW, NOW],
      ],
    );
  });

  it('those unused for longer than any may be, where there is such a limit', () => {
    assert.equal(isTooOld(record('x', ago(900), ago(100)), NOW, 50), true);
    assert.equal(isTooOld(record('x', ago(900)), NOW, 0), false);
  });
});

describe('making room for images', () => {
  const open = (available: number, running = 'busybox') => {
    const runtime = createFakeRuntime({ images: ['busybox', 'other', 'third'] });
    const clock = createManualClock();
    const events: string[] = [];
    const disk = { capacity: 1000, available };
    const kept: string[][] = [];
    const gc = createImageGc({
      runtime: {
        ...runtime,
        listContainers: async () => [{ image: running, imageId: '' } as never],
        removeImage: async (id) => {
          await runtime.removeImage(id);
          disk.available += 100;
        },
      },
      limits,
      pulls: { keepOnly: (images) => void kept.push([...images]) },
      nodeEvents: { ofNode: (type, reason, message) => void events.push(`${type} ${reason} ${message}`) },
      clock,
      log: pino({ level: 'silent' }),
      diskOf: async () => disk,
    });
    const left = async (): Promise<number> => (await runtime.listImages()).length;
    return { gc, clock, events, disk, left, kept };
  };

  it('waits until an image has been there for its least age', async () => {
    const { gc, clock, disk, left, events } = open(100);
    await assert.rejects(gc.collect(), /Attempted to free 100 bytes, but only found 0 bytes eligible to free\./);
    assert.match(
      events[0] ?? '',
      /^Warning FreeDiskSpaceFailed Failed to garbage collect required amount of images\. /,
    );
    assert.equal(await left(), 3);
    disk.available = 140;
    clock.advance(121_000);
    const { size } = { size: 100 };
    await gc.collect().catch(() => undefined); // the fake's images say that they are smaller than what they free
    assert.ok(disk.available >= 140 + size);
    assert.ok((await left()) < 3);
  });

  it('takes all that nobody uses when the disk is full', async () => {
    const { gc, clock, left, kept } = open(900);
    await gc.collect();
    assert.equal(kept.at(-1)?.length, 3);
    clock.advance(121_000);
    await gc.freeAll();
    assert.equal(await left(), 1);
    await gc.collect();
    assert.equal(kept.at(-1)?.length, 1);
  });
});
