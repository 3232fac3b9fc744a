/** Where an image store unpacks before it renames into place. Names say who made them, so left-overs of the dead are told. */
import { randomBytes } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { identityOf } from '../process-identity.ts';

export function stagingPath(tmp: string): string {
  const self = identityOf(process.pid);
  return path.join(tmp, `${process.pid}-${self?.startTime ?? '0'}-${randomBytes(6).toString('hex')}`);
}

/** Takes away what dead processes left, and what was dropped. */
export async function clearStaging(tmp: string): Promise<void> {
  for (const name of readdirSync(tmp)) {
    const [pid, startTime] = name.split('-');
    const maker = identityOf(Number(pid));
    const isStale = maker?.startTime !== startTime;
    if (isStale || name.endsWith('-dropped')) await rm(path.join(tmp, name), { recursive: true, force: true });
  }
}
