/**
 * For the crash test alone: a process that writes into a data folder from many writers until it is killed, and says on stdout, a line
 * each, what has been acknowledged. Every value carries a checksum, so that a torn one is known.
 */
import { createHash } from 'node:crypto';
import { writeSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Store } from '../store.ts';
import { openLevelStore } from './leveldb-store.ts';

const KEYS_PER_WRITER = 5;

export interface Acknowledged {
  type: 'put' | 'delete';
  key: string;
  revision: number;
  /** The value's checksum, '' for a delete. */
  sum: string;
}

export function checkedValue(content: string): Buffer {
  return Buffer.from(`${sumOf(content)} ${content}`);
}

/** The checksum of a whole value; throws for a torn one. */
export function sumOfValue(value: Buffer): string {
  const [sum = '', ...rest] = value.toString().split(' ');
  if (sumOf(rest.join(' ')) !== sum) throw new Error(`a torn value of ${value.length} bytes`);
  return sum;
}

const sumOf = (content: string): string => createHash('sha1').update(content).digest('hex');

async function writeForever(store: Store, writer: number): Promise<void> {
  const start = await store.revision();
  for (let n = 0; ; n++) {
    const key = `/w/${writer}/${n % KEYS_PER_WRITER}`;
    const now = await store.get(key);
    const options = { expected: now?.modRevision ?? 0 };
    const isDelete = now !== undefined && n % 11 === 10;
    const value = checkedValue(`${start} ${writer} ${n} ${'x'.repeat((n * 37 + writer * 101) % 4000)}`);
    const result = isDelete ? await store.delete(key, options) : await store.put(key, value, options);
    if (!result.ok) throw new Error(`${key} was written by somebody else`);
    const acknowledged: Acknowledged = {
      type: isDelete ? 'delete' : 'put',
      key,
      revision: result.revision,
      sum: isDelete ? '' : sumOfValue(value),
    };
    writeSync(1, `${JSON.stringify(acknowledged)}\n`);
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [, , folder = '', writers = '64'] = process.argv;
  const store = await openLevelStore(folder);
  await Promise.all(Array.from({ length: Number(writers) }, (_, writer) => writeForever(store, writer)));
}
