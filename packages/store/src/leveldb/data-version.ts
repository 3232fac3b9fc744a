/**
 * The version of the data folder's layout, kept in the database itself so that a migration and its version are one batch.
 * Newer data is refused and left alone; older data is migrated, one version at a time.
 */
import type { Level } from 'level';

export type Database = Level<Buffer, Buffer>;

export const DATA_VERSION = 1;
export const VERSION_KEY = Buffer.from('meta/version');

/** From the version that is its key to the next: what to write, in one synced batch. */
export type Migrations = ReadonlyMap<number, (db: Database) => Promise<MigrationStep[]>>;
export type MigrationStep = { type: 'put'; key: Buffer; value: Buffer } | { type: 'del'; key: Buffer };

const NONE_YET: Migrations = new Map();

export interface DataVersionOptions {
  current?: number;
  migrations?: Migrations;
}

/** Brings the data to the current version, or throws and changes nothing. */
export async function ensureDataVersion(db: Database, options: DataVersionOptions = {}): Promise<void> {
  const { current = DATA_VERSION, migrations = NONE_YET } = options;
  let version = await readVersion(db, current);
  if (version > current)
    throw new Error(
      `the data folder ${db.location} was written by a newer mkube (data version ${version}, this one knows ${current}); use that one`,
    );
  for (; version < current; version++) {
    const migrate = migrations.get(version);
    if (!migrate) throw new Error(`the data folder ${db.location} has data version ${version}, which is not known`);
    await db.batch([...(await migrate(db)), versionStep(version + 1)], { sync: true });
  }
}

/** A folder without a version is fresh when it is empty; then it gets the current one. */
async function readVersion(db: Database, current: number): Promise<number> {
  const stored = await db.get(VERSION_KEY);
  if (stored !== undefined) return Number(stored.toString());
  const [first] = await db.keys({ limit: 1 }).all();
  if (first !== undefined) throw new Error(`the folder ${db.location} holds a database that is not mkube's`);
  await db.batch([versionStep(current)], { sync: true });
  return current;
}

const versionStep = (version: number): MigrationStep => ({
  type: 'put',
  key: VERSION_KEY,
  value: Buffer.from(String(version)),
});
