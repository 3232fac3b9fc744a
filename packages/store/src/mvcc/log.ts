/**
 * What an MvccStore needs of a medium: an append-only log of changes by revision, from which everything else can be made again.
 * A medium knows no compare-and-swap, no watches, no time: memory/ and leveldb/ are two of them.
 */
import type { Bytes } from '../store.ts';

export interface LogRecord {
  type: 'put' | 'delete';
  key: string;
  /** Empty for a delete: the last value is the record at `previousRevision`. */
  value: Bytes;
  revision: number;
  createRevision: number;
  /** Revision of the record that this one supersedes, 0 when the key did not exist. */
  previousRevision: number;
  /** When the key vanishes by itself, in ms since 1970; 0 is never. */
  expiresAt: number;
}

export interface Log {
  /** The revision that the log was compacted to; 0: never. */
  compacted(): Promise<number>;
  /** All records in revision order, in portions. */
  load(onRecords: (records: readonly LogRecord[]) => void): Promise<void>;
  /** All or nothing; durable when it resolves. Called again only after it has settled. */
  append(records: readonly LogRecord[]): Promise<void>;
  /** Undefined where a record has been dropped. */
  read(revisions: readonly number[]): Promise<(LogRecord | undefined)[]>;
  /** Remember the compacted revision and drop these records, in this order; a crash half-way may leave some. */
  compact(revision: number, drop: readonly number[]): Promise<void>;
  close(): Promise<void>;
}
