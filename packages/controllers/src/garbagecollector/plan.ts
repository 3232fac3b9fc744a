/** What becomes of an object, given what its owners are. Pure. */
import type { OwnerReference } from '@mkube/apimachinery';
import { type Entry, FOREGROUND, ORPHAN } from './graph.ts';

/** Solid: there. Dangling: gone. Waiting: going, and only after those that block it. */
export type OwnerState = 'solid' | 'dangling' | 'waiting';

export interface OwnerFinding {
  owner: OwnerReference;
  state: OwnerState;
}

export type Verdict =
  | { action: 'keep' }
  /** It has owners left, and others that it shall no longer name. */
  | { action: 'disown'; uids: string[] }
  | { action: 'delete'; policy: 'Background' | 'Foreground' | 'Orphan'; unblock: boolean };

export interface VerdictFacts {
  findings: readonly OwnerFinding[];
  dependents: readonly Entry[];
  finalizers: readonly string[];
}

export function verdictOn({ findings, dependents, finalizers }: VerdictFacts): Verdict {
  const lost = findings.filter(({ state }) => state !== 'solid').map(({ owner }) => owner.uid);
  if (lost.length === 0) return { action: 'keep' };
  if (findings.some(({ state }) => state === 'solid')) return { action: 'disown', uids: lost };
  const isWaited = findings.some(({ state }) => state === 'waiting');
  if (isWaited && dependents.length > 0) {
    // A dependent that is itself waiting means a circle: this one lets its owner go first.
    return {
      action: 'delete',
      policy: 'Foreground',
      unblock: dependents.some(({ waitsForDependents }) => waitsForDependents),
    };
  }
  if (finalizers.includes(ORPHAN)) return { action: 'delete', policy: 'Orphan', unblock: false };
  if (finalizers.includes(FOREGROUND)) return { action: 'delete', policy: 'Foreground', unblock: false };
  return { action: 'delete', policy: 'Background', unblock: false };
}

/** Those that an owner's foreground deletion waits for. */
export const blockersOf = (uid: string, dependents: readonly Entry[]): Entry[] =>
  dependents.filter(({ owners }) => owners.some((owner) => owner.uid === uid && owner.blockOwnerDeletion === true));
