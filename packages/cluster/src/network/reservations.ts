/**
 * What clusters of this machine hold, also those that are down: subnets and ports, a file per cluster, read and written under
 * one machine-wide lock. Only root shares it; without root there are no subnets to share. A reservation ends with `reset`;
 * one whose cluster is gone (its state file is no more, its maker has ended) is dropped by the next reader.
 */
import fs from 'node:fs';
import path from 'node:path';
import type { Caller } from '../state/caller.ts';
import { ClusterError } from '../state/cluster-error.ts';
import { makeFolder, readIfThere, writeFileAtomically } from '../state/files.ts';
import { waitForLock } from '../state/lock.ts';
import { formatProcessId, isRunning, parseProcessId, processIdOf } from '../state/process-id.ts';
import { type Cidr, parseCidr } from './subnets.ts';

export interface Reservation {
  id: string;
  clusterFile: string;
  /** Empty where the nodes share the host. */
  nodeCidr: string;
  podCidr: string;
  port: number;
}

const FOLDER = '/var/lib/mkube';
const machine: Caller = { home: '/' };

/** Runs `choose` with what all other clusters hold, and keeps what it gives, while nobody else chooses. */
export async function reserve<T extends Reservation>(id: string, choose: (others: Reservation[]) => Promise<T>) {
  if (process.getuid?.() !== 0) return choose([]);
  makeFolder(FOLDER, machine);
  const lock = await waitForLock(path.join(FOLDER, '.lock'), machine, { deadline: performance.now() + 30_000 });
  if (lock === undefined) throw new ClusterError(`${FOLDER}/.lock is held by another mkube for long: is it stuck?`);
  try {
    const chosen = await choose(readAll().filter((r) => r.id !== id));
    const content = `${JSON.stringify(chosen)}\n${formatProcessId(processIdOf(process.pid) ?? { pid: process.pid })}`;
    writeFileAtomically(fileOf(id), content, { mode: 0o644, owner: machine });
    return chosen;
  } finally {
    lock.release();
  }
}

export function endReservation(id: string): void {
  if (process.getuid?.() !== 0 || !fs.existsSync(FOLDER)) return;
  fs.rmSync(fileOf(id), { force: true });
  removeFolderIfEmpty();
}

export function rangesOf(reservations: readonly Reservation[]): Cidr[] {
  return reservations
    .flatMap((r) => [parseCidr(r.nodeCidr), parseCidr(r.podCidr)])
    .filter((cidr) => cidr !== undefined);
}

const fileOf = (id: string) => path.join(FOLDER, `${id}.reservation`);

function readAll(): Reservation[] {
  const files = fs.readdirSync(FOLDER).filter((name) => name.endsWith('.reservation'));
  return files.map((name) => readOne(path.join(FOLDER, name))).filter((r) => r !== undefined);
}

function readOne(file: string): Reservation | undefined {
  const [json = '', maker = ''] = (readIfThere(file) ?? '').split('\n');
  try {
    const reservation = JSON.parse(json) as Reservation;
    const makerId = parseProcessId(maker);
    if (fs.existsSync(reservation.clusterFile) || (makerId !== undefined && isRunning(makerId))) return reservation;
  } catch {
    // damaged: as good as none
  }
  fs.rmSync(file, { force: true });
  return undefined;
}

function removeFolderIfEmpty(): void {
  try {
    fs.rmdirSync(FOLDER);
  } catch {
    // others hold something
  }
}
