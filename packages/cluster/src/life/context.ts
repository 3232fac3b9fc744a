/** What every command of a cluster's life starts from: which cluster, whose files, whom to tell. */
import fs from 'node:fs';
import { type Caller, callerOf, type Env, mkubeHomeOf } from '../state/caller.ts';
import { ClusterError, explainFileError } from '../state/cluster-error.ts';
import { type ClusterState, readClusterState } from '../state/cluster-state.ts';
import { makeFolder } from '../state/files.ts';
import { lockHolder, takeLock } from '../state/lock.ts';
import { clusterIdOf, type ClusterPaths, clusterPaths } from '../state/paths.ts';
import type { Progress } from './progress.ts';

/** Names a cluster for a caller; `env` is read for MKUBE_HOME, HOME, KUBECONFIG and sudo's variables. */
export interface ClusterRef {
  name: string;
  env: Env;
  progress?: Progress;
  signal?: AbortSignal;
}

export interface ClusterContext {
  paths: ClusterPaths;
  /** Six digits. */
  id: string;
  owner: Caller;
  env: Env;
  progress: Progress;
  signal: AbortSignal;
}

export function contextOf({ name, env, progress, signal }: ClusterRef): ClusterContext {
  const owner = callerOf(env);
  const home = mkubeHomeOf(env, owner);
  return {
    paths: clusterPaths(home, name),
    id: clusterIdOf(home, name),
    owner,
    env,
    progress: progress ?? (() => {}),
    signal: signal ?? new AbortController().signal,
  };
}

/** Runs `work` as the only command that changes this cluster. */
export async function withClusterLock<T>(context: ClusterContext, work: () => Promise<T>): Promise<T> {
  const { paths, owner } = context;
  makeFolder(paths.home, owner);
  const lock = takeLock(paths.lock, owner);
  if (lock === undefined) {
    const holder = lockHolder(paths.lock);
    throw new ClusterError(
      `another command is at work on cluster "${paths.name}"${holder === undefined ? '' : ` (process ${holder})`}: try again when it has ended`,
    );
  }
  try {
    return await work();
  } finally {
    lock.release();
  }
}

/** The state of a cluster that exists; the error names `mkube up`. */
export function needState({ paths }: ClusterContext): ClusterState {
  const state = readClusterState(paths);
  if (state !== undefined) return state;
  const option = paths.name === 'mkube' ? '' : ` --name ${paths.name}`;
  throw new ClusterError(`there is no cluster "${paths.name}" in ${paths.home}: make one with 'mkube up${option}'`);
}

const LEAST_FREE = 64 << 20;

/** Looks before anything is written: may we write here, and is there room? */
export function checkHome({ paths, owner }: ClusterContext): void {
  makeFolder(paths.home, owner);
  try {
    fs.accessSync(paths.home, fs.constants.W_OK | fs.constants.X_OK);
  } catch (error) {
    throw explainFileError(`write to ${paths.home}`, error);
  }
  const { bavail, bsize } = fs.statfsSync(paths.home);
  const free = bavail * bsize;
  if (free < LEAST_FREE)
    throw new ClusterError(
      `${paths.home} has ${Math.floor(free / (1 << 20))} MiB free, a cluster needs at least ${LEAST_FREE >> 20} MiB: ` +
        'free some space, or choose another folder with MKUBE_HOME',
    );
}
