/**
 * The keys and certificates of a cluster in its pki/ folder, 0600: the authority (10 years), a leaf per identity (1 year,
 * issued again when it ends within 30 days or its names changed) and the pair that signs service-account tokens.
 */
import { generateKeyPair } from 'node:crypto';
import path from 'node:path';
import { promisify } from 'node:util';
import type { Caller } from '../state/caller.ts';
import { ClusterError } from '../state/cluster-error.ts';
import type { ClusterState } from '../state/cluster-state.ts';
import { makeFolder, readIfThere, writeFileAtomically } from '../state/files.ts';
import { staleReason } from './check.ts';
import { type Identity, identitiesOf } from './identity.ts';
import { createAuthority, type KeyPair, openIssuer } from './x509.ts';

export interface PkiOptions {
  folder: string;
  state: ClusterState;
  owner: Caller;
  now: Date;
}

/** Issues what is missing or stale; gives the file names of the leaves that were issued. */
export async function ensurePki(options: PkiOptions): Promise<string[]> {
  const { folder, state, owner, now } = options;
  makeFolder(folder, owner, 0o700);
  const [authority] = await Promise.all([ensureAuthority(options), ensureServiceAccountKey(folder, owner)]);
  const stale = identitiesOf(state).filter(
    (identity) => staleReason(readPair(folder, identity.file), identity, authority.cert, now) !== undefined,
  );
  if (stale.length > 0) await issueAll(stale, authority, options);
  return stale.map((identity) => identity.file);
}

export function readPair(folder: string, file: string): KeyPair | undefined {
  const cert = readIfThere(path.join(folder, `${file}.crt`));
  const key = readIfThere(path.join(folder, `${file}.key`));
  return cert === undefined || key === undefined ? undefined : { cert, key };
}

export function needPair(folder: string, file: string): KeyPair {
  const pair = readPair(folder, file);
  if (pair === undefined) throw new ClusterError(`${file}.crt or ${file}.key is missing in ${folder}: run 'mkube up'`);
  return pair;
}

export function needText(folder: string, file: string): string {
  const text = readIfThere(path.join(folder, file));
  if (text === undefined) throw new ClusterError(`${file} is missing in ${folder}: run 'mkube up'`);
  return text;
}

async function ensureAuthority({ folder, state, owner, now }: PkiOptions): Promise<KeyPair> {
  const there = readPair(folder, 'ca');
  if (there !== undefined) return there;
  const made = await createAuthority(`mkube-${state.name}`, now);
  writePair(folder, 'ca', made, owner);
  return made;
}

async function ensureServiceAccountKey(folder: string, owner: Caller): Promise<void> {
  const file = path.join(folder, 'service-account.key');
  if (readIfThere(file) !== undefined) return;
  const { privateKey } = await promisify(generateKeyPair)('ec', { namedCurve: 'P-256' });
  writeFileAtomically(file, privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600, owner });
}

async function issueAll(identities: Identity[], authority: KeyPair, { folder, owner, now }: PkiOptions): Promise<void> {
  const issuer = await openIssuer(authority, now);
  const pairs = await Promise.all(identities.map((identity) => issuer.issue(identity)));
  identities.forEach((identity, i) => {
    const pair = pairs[i];
    if (pair !== undefined) writePair(folder, identity.file, pair, owner);
  });
}

function writePair(folder: string, file: string, pair: KeyPair, owner: Caller): void {
  writeFileAtomically(path.join(folder, `${file}.key`), pair.key, { mode: 0o600, owner });
  writeFileAtomically(path.join(folder, `${file}.crt`), pair.cert, { mode: 0o600, owner });
}
