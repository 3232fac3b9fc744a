/** What the cases of the runtime contract share: a runtime under test, ready-made configs, and waiting on a condition. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { PassThrough } from 'node:stream';
import { it } from 'node:test';
import type { ContainerConfig, ContainerStatus, Runtime, SandboxConfig, SecurityContext, Streams } from '../runtime.ts';

export interface RuntimeHarness {
  /** The driver now; another one after `reopen`. */
  runtime: Runtime;
  /** An image with a shell and the usual small commands (busybox), no entrypoint, cmd `sh`. */
  image: string;
  /** An empty folder for logs and mounts. */
  folder: string;
  /** Closes the driver, does what is given while there is none, and opens a new one over the same state. */
  reopen(meanwhile?: () => Promise<void>): Promise<void>;
  /** Ends everything and takes it away. */
  close(): Promise<void>;
  /** Where pods go that name no control group: a test of a shared engine keeps to a place of its own. */
  cgroupParent?: string;
  /** Why a case cannot run here though the driver supports it; by the case's name. */
  cannot?: Record<string, string>;
}

/** The harness of a suite, there once its `before` has run. */
export type Opened = () => RuntimeHarness;

export const NEVER: AbortSignal = new AbortController().signal;

export const defaultSecurity: SecurityContext = {
  privileged: false,
  supplementalGroups: [],
  readOnlyRootfs: false,
  noNewPrivileges: false,
  addCapabilities: [],
  dropCapabilities: [],
  seccomp: 'unconfined',
};

export function sandboxConfig(folder: string, change: Partial<SandboxConfig> = {}): SandboxConfig {
  const uid = randomBytes(8).toString('hex');
  return {
    name: `pod-${uid}`,
    uid,
    namespace: 'default',
    attempt: 0,
    hostname: 'test-host',
    logDirectory: path.join(folder, 'logs', uid),
    labels: { test: uid },
    annotations: { note: 'kept as it is' },
    dns: { servers: [], searches: [], options: [] },
    portMappings: [],
    network: 'pod',
    pid: 'container',
    ipc: 'pod',
    sysctls: {},
    cgroupParent: '',
    ...change,
  };
}

export function containerConfig(
  image: string,
  command: string[],
  change: Partial<ContainerConfig> = {},
): ContainerConfig {
  return {
    name: 'app',
    attempt: 0,
    image,
    command,
    args: [],
    workingDir: '',
    env: [],
    mounts: [],
    devices: [],
    labels: {},
    annotations: {},
    logPath: 'app/0.log',
    stdin: false,
    stdinOnce: false,
    tty: false,
    resources: {},
    security: defaultSecurity,
    ...change,
  };
}

export interface RunningPod {
  id: string;
  config: SandboxConfig;
  /** Makes and starts a container that runs a shell script, or an argv. */
  start(command: string | string[], change?: Partial<ContainerConfig>): Promise<string>;
  /** Runs a script to its end and gives its standard output. */
  output(script: string, change?: Partial<ContainerConfig>): Promise<string>;
}

/** A sandbox for one case, removed after it. */
export async function withPod(
  harness: RuntimeHarness,
  change: Partial<SandboxConfig>,
  act: (pod: RunningPod) => Promise<void>,
): Promise<void> {
  const { folder, image } = harness;
  const config = sandboxConfig(folder, { cgroupParent: harness.cgroupParent ?? '', ...change });
  const id = await harness.runtime.runPodSandbox(config, { signal: NEVER });
  let serial = 0;
  const start: RunningPod['start'] = async (command, own = {}) => {
    const argv = typeof command === 'string' ? ['sh', '-c', command] : command;
    const name = `c${serial++}`;
    const container = containerConfig(image, argv, { name, logPath: `${name}/0.log`, ...own });
    const containerId = await harness.runtime.createContainer(id, container, config);
    await harness.runtime.startContainer(containerId);
    return containerId;
  };
  const output: RunningPod['output'] = async (script, own) => {
    const status = await untilExited(harness.runtime, await start(script, own));
    const text = readLog(status.logPath, 'stdout');
    assert.equal(status.exitCode, 0, `script failed (${status.reason}): ${text}${readLog(status.logPath, 'stderr')}`);
    return text;
  };
  try {
    await act({ id, config, start, output });
  } finally {
    await harness.runtime.removePodSandbox(id); // of the driver that is open then
  }
}

/** Waits on a condition, with a deadline. */
export async function until<T>(
  what: string,
  look: () => T | undefined | Promise<T | undefined>,
  seconds = 15,
): Promise<T> {
  for (const deadline = performance.now() + seconds * 1000; performance.now() < deadline;) {
    const found = await look();
    if (found !== undefined) return found;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  throw new Error(`waited ${seconds} s in vain: ${what}`);
}

export function untilExited(runtime: Runtime, id: string): Promise<ContainerStatus> {
  return until(`container ${id} to end`, async () => {
    const status = await runtime.containerStatus(id);
    return status?.state === 'exited' ? status : undefined;
  });
}

/** The text of one stream out of a log in CRI's format; fails where a line is not in it. */
export function readLog(file: string, stream: 'stdout' | 'stderr'): string {
  const records = readFileSync(file, 'utf8').split('\n').slice(0, -1).map(parseRecord);
  return records
    .filter((record) => record.stream === stream)
    .map((record) => record.text)
    .join('');
}

function parseRecord(line: string): { stream: string; text: string } {
  const match = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+(?:Z|[+-]\d\d:\d\d)) (stdout|stderr) ([FP]) (.*)$/s.exec(line);
  assert.ok(match, `not a record of CRI's log format: ${JSON.stringify(line)}`);
  return { stream: match[2] ?? '', text: `${match[4]}${match[3] === 'F' ? '\n' : ''}` };
}

export interface CollectedStreams extends Streams {
  text(stream: 'stdout' | 'stderr'): string;
}

export function collectedStreams(change: Partial<Streams> = {}): CollectedStreams {
  const chunks: Record<string, Buffer[]> = { stdout: [], stderr: [] };
  const collect = (name: string): PassThrough => {
    return new PassThrough().on('data', (chunk: Buffer) => void chunks[name]?.push(chunk));
  };
  const text = (stream: 'stdout' | 'stderr'): string => Buffer.concat(chunks[stream] ?? []).toString();
  return { stdout: collect('stdout'), stderr: collect('stderr'), tty: false, signal: NEVER, text, ...change };
}

/** Declares a case; skipped, with the reason, where the harness says that it cannot run. */
export function test(opened: Opened, name: string, act: (harness: RuntimeHarness) => Promise<void>): void {
  void it(name, { timeout: 60_000 }, async (context) => {
    const reason = opened().cannot?.[name];
    if (reason) return context.skip(reason);
    await act(opened());
  });
}

export async function rejectsWith(code: string, promise: Promise<unknown>): Promise<void> {
  await assert.rejects(promise, (error: { code?: string; message: string }) => {
    assert.equal(error.code, code, error.message);
    return true;
  });
}
