/** The log of a store that lives as long as its process: for tests and throw-away clusters. */
import type { Log, LogRecord } from '../mvcc/log.ts';

export function createMemoryLog(): Log {
  const records = new Map<number, LogRecord>();
  let compacted = 0;
  return {
    compacted: async () => compacted,
    load: async (onRecords) => onRecords([...records.values()]),
    append: async (batch) => {
      for (const record of batch) records.set(record.revision, record);
    },
    read: async (revisions) => revisions.map((revision) => records.get(revision)),
    compact: async (revision, drop) => {
      compacted = revision;
      for (const dropped of drop) records.delete(dropped);
    },
    close: async () => records.clear(),
  };
}
