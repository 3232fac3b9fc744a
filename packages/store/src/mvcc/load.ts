/**
 * Everything that lives in memory, made again from a log: current values, the index of changes since compaction, what expires.
 * What a crash left over of a compaction is dropped. A hole in the revisions is an error: data would be missing.
 */
import { CurrentValues } from './current.ts';
import { Expiry } from './expiry.ts';
import { History } from './history.ts';
import type { Log, LogRecord } from './log.ts';

/** The revision of a store that nothing has been written to, as etcd has it. */
const FRESH = 1;

export interface Loaded {
  current: CurrentValues;
  history: History;
  expiry: Expiry;
  compacted: number;
}

export async function loadLog(log: Log): Promise<Loaded> {
  const compacted = await log.compacted();
  const history = new History(Math.max(compacted, FRESH) + 1);
  const loaded: Loaded = { current: new CurrentValues(), history, expiry: new Expiry(), compacted };
  const leftOver: number[] = [];
  await log.load((records) => {
    for (const record of records) leftOver.push(...restore(record, loaded));
  });
  if (leftOver.length > 0) await log.compact(compacted, leftOver);
  return loaded;
}

/** Takes one record in; returns the records that compaction should have dropped. */
function restore(record: LogRecord, { current, history, expiry, compacted }: Loaded): number[] {
  const superseded = record.previousRevision > 0 ? current.get(record.key) : undefined;
  current.apply(record);
  if (record.expiresAt > 0) expiry.add(record);
  if (record.revision <= compacted)
    return [...(superseded ? [superseded.modRevision] : []), ...(record.type === 'delete' ? [record.revision] : [])];
  if (record.revision !== history.revision + 1)
    throw new Error(`the data is damaged: revision ${history.revision + 1} is missing`);
  history.push(record);
  return [];
}
