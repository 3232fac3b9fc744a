/**
 * The audit log of a cluster whose folder has an audit policy: lines appended to a file, which makes room when it is full. A
 * line is in the file before the request that it tells of is answered.
 */
import fs from 'node:fs';
import { type AuditOptions, parseAuditPolicy } from '@mkube/apiserver';
import { parse } from 'yaml';
import { ClusterError } from '../state/cluster-error.ts';
import { readIfThere } from '../state/files.ts';
import type { ClusterPaths } from '../state/paths.ts';

const FULL = 100 * 1024 * 1024;

/** undefined where there is no policy. @throws ClusterError that says what is wrong with it */
export function openAuditLog({ auditPolicy, auditLog }: ClusterPaths): (AuditOptions & { close(): void }) | undefined {
  const text = readIfThere(auditPolicy);
  if (text === undefined) return undefined;
  try {
    return { policy: parseAuditPolicy(parse(text)), ...openAppended(auditLog, FULL) };
  } catch (cause) {
    throw new ClusterError(`${auditPolicy}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
}

/** When the file has `full` bytes it becomes `<file>.1`, in place of the one before it. */
export function openAppended(file: string, full: number): { write(line: string): void; close(): void } {
  const open = () => fs.openSync(file, 'a', 0o600);
  let descriptor = open();
  let size = fs.fstatSync(descriptor).size;
  return {
    write(line) {
      if (size >= full) {
        fs.renameSync(file, `${file}.1`);
        const next = open();
        fs.closeSync(descriptor); // not before there is another: its number may be given to any other file
        descriptor = next;
        size = 0;
      }
      size += fs.writeSync(descriptor, `${line}\n`);
    },
    close: () => fs.closeSync(descriptor),
  };
}
