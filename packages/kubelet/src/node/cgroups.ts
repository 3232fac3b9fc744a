/**
 * The node's tree of control groups above the containers' own, which are their engine's: made with its limits, kept up to date,
 * taken away with its pods. Works over cgroup v1, hybrid and v2. A kubelet with no root of its own leaves all to the engine.
 */
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import fs from 'node:fs/promises';
import path from 'node:path';
import type { Pod } from '@mkube/api';
import type { Logger } from 'pino';
import { cgroupParentOf, qosClassOf } from '../pods/resources.ts';
import { type Controller, type Hierarchy, readHierarchy } from './cgroup-hierarchy.ts';
import {
  BESTEFFORT_LIMITS,
  burstableLimitsOf,
  containerFilesOf,
  type GroupLimits,
  podLimitsOf,
  writesOf,
} from './cgroup-plan.ts';
import { leaveRootGroup } from './leave-root-group.ts';

export interface PodCgroups {
  /** The groups of the node and of the classes of pods. Gives what is wrong, where something is. */
  setUp(): string | undefined;
  /** Makes the pod's group, or brings its limits up to date. Throws what the kernel refuses. */
  apply(pod: Pod): void;
  /** The shares of burstable pods, for the pods that are there now. */
  balance(pods: readonly Pod[]): void;
  remove(podUid: string): Promise<void>;
  /** What every container's own group is to say beside its limits; nothing on v1. */
  containerFiles(): Record<string, string>;
}

export interface CgroupOptions {
  /** '' or a path below the controllers' roots. */
  cgroupRoot: string;
  /** Of all pods together. */
  node: GroupLimits;
  podPidsLimit: number;
  /** Out of memory only one process of a container ends, not all of it. */
  singleProcessOomKill?: boolean;
  log: Logger;
  hierarchy?: Hierarchy;
}

const CLASSES = ['', 'burstable', 'besteffort'];
const CONTROLLERS: readonly Controller[] = ['cpu', 'memory', 'pids', 'hugetlb'];

export function createPodCgroups(options: CgroupOptions): PodCgroups {
  const { cgroupRoot, node, podPidsLimit, singleProcessOomKill = false, log, hierarchy = readHierarchy() } = options;
  const isOurs = cgroupRoot !== '';
  const kubepods = path.posix.join(cgroupRoot, 'kubepods');
  let burstableShares: number | undefined;
  let containerFiles: Record<string, string> = {};
  const limitBurstable = (limits: GroupLimits): void => {
    if (limits.cpuShares === burstableShares) return;
    writeLimits(hierarchy, path.posix.join(kubepods, 'burstable'), limits);
    burstableShares = limits.cpuShares;
  };
  return {
    setUp() {
      if (!isOurs) return undefined;
      try {
        if (hierarchy.version === 2) hierarchy.roots.forEach((root) => leaveRootGroup(root));
        for (const qos of CLASSES) makeGroup(hierarchy, path.posix.join(kubepods, qos));
        writeLimits(hierarchy, kubepods, node);
        writeLimits(hierarchy, path.posix.join(kubepods, 'besteffort'), BESTEFFORT_LIMITS);
        if (hierarchy.version === 2)
          containerFiles = containerFilesOf(filesOf(hierarchy, kubepods), { singleProcessOomKill });
        return undefined;
      } catch (err) {
        log.warn({ err }, 'cannot set up the control groups of pods: they share the machine without them');
        return err instanceof Error ? err.message : String(err);
      }
    },
    apply(pod) {
      if (!isOurs) return;
      const group = cgroupParentOf(pod, cgroupRoot);
      makeGroup(hierarchy, group);
      writeLimits(hierarchy, group, podLimitsOf(pod, podPidsLimit));
    },
    balance(pods) {
      if (!isOurs) return;
      try {
        limitBurstable(burstableLimitsOf(pods.filter((pod) => qosClassOf(pod) === 'Burstable')));
      } catch (err) {
        log.debug({ err }, 'cannot set the shares of burstable pods');
      }
    },
    async remove(podUid) {
      const folders = CLASSES.map((qos) => path.join(kubepods, qos, `pod${path.basename(podUid)}`));
      await Promise.all(
        hierarchy.roots.flatMap((root) => folders.map((folder) => removeTree(path.join(root, folder)))),
      );
    },
    containerFiles: () => containerFiles,
  };
}

/** Those that a group of v2 has, by the controllers and the kernel that it is under. */
function filesOf({ folderOf }: Hierarchy, group: string): string[] {
  const root = folderOf('memory');
  return root === undefined ? [] : readdirSync(path.join(root, group));
}

/** In every tree that has a controller of ours; on v2 the controllers are passed down on the way. */
export function makeGroup(hierarchy: Hierarchy, group: string): void {
  if (hierarchy.version === 1) {
    for (const root of new Set(CONTROLLERS.map((controller) => hierarchy.folderOf(controller)))) {
      if (root) mkdirSync(path.join(root, group), { recursive: true });
    }
    return;
  }
  const available = CONTROLLERS.filter((controller) => hierarchy.folderOf(controller));
  let folder = hierarchy.folderOf(available[0] ?? 'cpu') ?? hierarchy.roots[0];
  if (folder === undefined) return;
  for (const part of group.split('/').filter(Boolean)) {
    for (const controller of available) tryWrite(path.join(folder, 'cgroup.subtree_control'), `+${controller}`);
    folder = path.join(folder, part);
    mkdirSync(folder, { recursive: true });
  }
}

/** Its own processes may keep a group from passing controllers on: then what is below goes without them. */
function tryWrite(file: string, text: string): void {
  try {
    writeFileSync(file, text);
  } catch {
    // the limits themselves are written and told apart
  }
}

/** Limits of controllers that the machine has not are left out. What the kernel refuses does not keep the rest from being written. */
export function writeLimits(hierarchy: Hierarchy, group: string, limits: GroupLimits): void {
  const refused: unknown[] = [];
  for (const { controller, file, value } of writesOf(hierarchy.version, limits)) {
    const root = hierarchy.folderOf(controller);
    if (!root) continue;
    try {
      writeFileSync(path.join(root, group, file), value);
    } catch (error) {
      refused.push(error);
    }
  }
  if (refused.length > 0) throw refused[0];
}

/** A cgroup is removed by rmdir alone, children first. */
export async function removeTree(folder: string): Promise<void> {
  const entries = await fs.readdir(folder, { withFileTypes: true }).catch(() => []);
  for (const entry of entries) if (entry.isDirectory()) await removeTree(path.join(folder, entry.name));
  await fs.rmdir(folder).catch(() => undefined);
}
