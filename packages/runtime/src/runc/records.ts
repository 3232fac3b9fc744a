/** What the driver writes down of sandboxes and containers, dates as text. Everything else is looked up in the kernel. */
import { readdirSync } from 'node:fs';
import { readJson, writeFileAtomic } from '../atomic-file.ts';
import type { ProcessIdentity } from '../process-identity.ts';
import type { Container, ContainerConfig, ContainerStatus, Sandbox, SandboxConfig } from '../runtime.ts';
import type { Layout } from './layout.ts';

export interface SandboxRecord {
  id: string;
  config: SandboxConfig;
  state: 'ready' | 'notready';
  createdAt: string;
  ips: string[];
  /** Holds the shared pid namespace; with pid 'pod' only. */
  pause?: ProcessIdentity;
}

export interface ContainerRecord {
  id: string;
  sandboxId: string;
  config: ContainerConfig;
  imageId: string;
  user?: { uid: number; gid: number; supplementalGroups: number[] };
  logPath: string;
  stopSignal: string;
  cgroup: string;
  /** 'starting' is on disk before conmon is asked to start it: CRI's 'created' to all others. */
  state: 'created' | 'starting' | 'running' | 'exited';
  createdAt: string;
  startedAt?: string;
  finishedAt?: string;
  exitCode?: number;
  reason?: string;
  message?: string;
  /** The first process, and what watches it. */
  process?: ProcessIdentity;
  conmon?: ProcessIdentity;
}

export function saveSandbox(layout: Layout, record: SandboxRecord): void {
  writeFileAtomic(layout.sandbox(record.id).record, JSON.stringify(record));
}

export function saveContainer(layout: Layout, record: ContainerRecord): void {
  writeFileAtomic(layout.container(record.id).record, JSON.stringify(record));
}

export function loadSandboxes(layout: Layout): { records: SandboxRecord[]; unfinished: string[] } {
  return load(readdirSync(layout.sandboxes), (id) => readJson<SandboxRecord>(layout.sandbox(id).record));
}

export function loadContainers(layout: Layout): { records: ContainerRecord[]; unfinished: string[] } {
  return load(readdirSync(layout.containers), (id) => readJson<ContainerRecord>(layout.container(id).record));
}

function load<T>(ids: string[], read: (id: string) => T | undefined): { records: T[]; unfinished: string[] } {
  const found = ids.map((id) => ({ id, record: read(id) }));
  return {
    records: found.flatMap(({ record }) => record ?? []),
    unfinished: found.filter(({ record }) => !record).map(({ id }) => id),
  };
}

export function sandboxOf({ id, config, state, createdAt, ips }: SandboxRecord): Sandbox {
  const { name, uid, namespace, attempt, labels, annotations } = config;
  return { id, name, uid, namespace, attempt, state, createdAt: new Date(createdAt), ips, labels, annotations };
}

export function containerOf({ id, sandboxId, config, imageId, state: own, createdAt }: ContainerRecord): Container {
  const state = own === 'starting' ? 'created' : own;
  const { name, attempt, image, labels, annotations } = config;
  return { id, sandboxId, name, attempt, state, image, imageId, createdAt: new Date(createdAt), labels, annotations };
}

export function statusOf(record: ContainerRecord): ContainerStatus {
  const { startedAt, finishedAt, exitCode, reason, message, logPath, process, config, state } = record;
  return {
    ...containerOf(record),
    startedAt: startedAt === undefined ? undefined : new Date(startedAt),
    finishedAt: finishedAt === undefined ? undefined : new Date(finishedAt),
    exitCode,
    reason,
    message,
    pid: state === 'running' ? process?.pid : undefined,
    user: record.user,
    logPath,
    resources: config.resources,
  };
}
