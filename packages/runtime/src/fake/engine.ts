/**
 * The state behind fake runtimes: sandboxes, containers, images and running programs, in memory. Several runtimes may be
 * opened over one engine, one after another, as a restarted kubelet does; all that runs lives here.
 */
import { EventEmitter } from 'node:events';
import { mkdirSync, appendFileSync } from 'node:fs';
import path from 'node:path';
import type { PassThrough } from 'node:stream';
import { createLogEncoder } from '../logs.ts';
import type { ContainerConfig, ContainerStatus, Image, RuntimeEvent, Sandbox, SandboxConfig } from '../runtime.ts';
import { runFakeShell, type FakeProgram } from './shell.ts';

export interface FakeSandbox {
  sandbox: Sandbox;
  config: SandboxConfig;
}

export interface FakeContainer {
  status: ContainerStatus;
  config: ContainerConfig;
  stdin: PassThrough | undefined;
  /** 'output' with (stream, chunk), 'exit', 'signal' with its name. */
  events: EventEmitter;
  signals: string[];
}

export interface FakeEngineOptions {
  clock?: () => Date;
  /** Fills ids: hexadecimal digits, `length` of them. */
  randomHex?: (length: number) => string;
  /** What an image runs; images not named here run the fake shell. */
  programs?: Record<string, FakeProgram>;
  /** References that exist; others can be pulled unless `missing` says no. */
  images?: string[];
  isMissing?: (ref: string) => boolean;
  /** How long a start takes, in milliseconds. */
  startDelay?: () => number;
}

export interface FakeEngine {
  readonly options: FakeEngineOptions;
  readonly sandboxes: Map<string, FakeSandbox>;
  readonly containers: Map<string, FakeContainer>;
  readonly images: Map<string, Image>;
  readonly events: EventEmitter;
  now(): Date;
  newId(): string;
  nextIp(): string;
  emit(event: Omit<RuntimeEvent, 'at'>): void;
  run(id: string): void;
  signal(id: string, name: string): void;
}

export function createFakeEngine(options: FakeEngineOptions = {}): FakeEngine {
  const sandboxes = new Map<string, FakeSandbox>();
  const containers = new Map<string, FakeContainer>();
  const events = new EventEmitter({ captureRejections: false });
  let serial = 0;
  const now = options.clock ?? (() => new Date());
  const engine: FakeEngine = {
    options,
    sandboxes,
    containers,
    images: new Map(),
    events,
    now,
    newId: () => options.randomHex?.(64) ?? (++serial).toString(16).padStart(64, '0'),
    nextIp() {
      serial++;
      return `10.244.${(serial >> 8) & 255}.${serial & 255}`;
    },
    emit: (event) => void events.emit('event', { ...event, at: now() }),
    run: (id) => runProgram(engine, id),
    signal(id, name) {
      const container = containers.get(id);
      container?.signals.push(name);
      container?.events.emit('signal', name);
    },
  };
  for (const ref of options.images ?? []) engine.images.set(ref, fakeImage(ref));
  return engine;
}

export function fakeImage(ref: string): Image {
  const hash = Buffer.from(ref).toString('hex').padEnd(64, '0').slice(-64);
  const repository = ref.replace(/[:@][^/]*$/, '');
  return { id: `sha256:${hash}`, tags: [ref], digests: [`${repository}@sha256:${hash}`], size: 1_000_000 };
}

function runProgram(engine: FakeEngine, id: string): void {
  const container = engine.containers.get(id);
  const sandbox = container && engine.sandboxes.get(container.status.sandboxId);
  if (!container || !sandbox) return;
  const { config, status, events } = container;
  const log = createLogEncoder();
  mkdirSync(path.dirname(status.logPath), { recursive: true });
  appendFileSync(status.logPath, '');
  Object.assign(status, { state: 'running', startedAt: engine.now() });
  const program = engine.options.programs?.[config.image] ?? runFakeShell;
  const ended = (exitCode: number): void => {
    if (status.state === 'exited') return;
    appendLog(status.logPath, log.end(engine.now()));
    const reason = exitCode === 0 ? 'Completed' : 'Error';
    Object.assign(status, { state: 'exited', finishedAt: engine.now(), exitCode, reason });
    engine.emit({ type: 'stopped', sandboxId: status.sandboxId, containerId: id });
    events.emit('exit');
  };
  program({
    argv: argvOf(config),
    env: Object.fromEntries(config.env.map((e) => [e.name, e.value])),
    hostname: sandbox.config.hostname,
    stdin: container.stdin,
    write(stream, text) {
      const chunk = Buffer.from(text);
      appendLog(status.logPath, log.write(stream, chunk, engine.now()));
      events.emit('output', stream, chunk);
    },
    onSignal(listener) {
      for (const signal of container.signals) listener(signal);
      events.on('signal', listener);
    },
  }).then(ended, () => ended(1));
  engine.emit({ type: 'started', sandboxId: status.sandboxId, containerId: id });
}

/** A program with no command sleeps, as a server image would go on. */
function argvOf(config: ContainerConfig): string[] {
  const argv = [...config.command, ...config.args];
  return argv.length > 0 ? argv : ['sleep', 'infinity'];
}

function appendLog(file: string, records: Buffer): void {
  if (records.length === 0) return;
  appendFileSync(file, records);
}
