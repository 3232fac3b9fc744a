/** What the driver writes down of sandboxes and containers, dates as text. Everything else is looked up in the kernel. */
import { Journal } from '../journal.ts';
import type { ProcessIdentity } from '../process-identity.ts';
import type { Container, ContainerConfig, ContainerStatus, Sandbox, SandboxConfig } from '../runtime.ts';

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

export interface Records {
  /** As the file had them when it was opened. */
  sandboxes: SandboxRecord[];
  containers: ContainerRecord[];
  saveSandbox(record: SandboxRecord): void;
  saveContainer(record: ContainerRecord): void;
  /** Of a sandbox or a container. */
  forget(id: string): void;
  close(): void;
}

export function openRecords(file: string): Records {
  const journal = new Journal<SandboxRecord | ContainerRecord>(file);
  const save = (record: SandboxRecord | ContainerRecord): void => journal.put(record.id, record);
  return {
    sandboxes: journal.values().filter((record): record is SandboxRecord => !isContainer(record)),
    containers: journal.values().filter(isContainer),
    saveSandbox: save,
    saveContainer: save,
    forget: (id) => journal.drop(id),
    close: () => journal.close(),
  };
}

const isContainer = (record: SandboxRecord | ContainerRecord): record is ContainerRecord => 'sandboxId' in record;

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
