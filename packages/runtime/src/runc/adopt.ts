/**
 * Takes over a root that an earlier process left, whatever it was doing when it was killed: records are loaded, half-made
 * folders cleared, a start under way is waited for, and what ended meanwhile is noted.
 */
import { readdirSync, readFileSync, renameSync, statSync } from 'node:fs';
import { isErrno, readText, writeFileAtomic } from '../atomic-file.ts';
import { bootId, identityOf, signalProcess, type ProcessIdentity } from '../process-identity.ts';
import { look, noteLost } from './exits.ts';
import type { ContainerRecord } from './records.ts';
import { clearContainerFolder } from './root-fs.ts';
import { checkPins, clearUnfinished } from './sandboxes.ts';
import { updateContainer, type RuncState } from './state.ts';

const START_TIMEOUT_MS = 10_000;

export async function adopt(state: RuncState): Promise<void> {
  const { layout } = state;
  const bootBefore = readText(layout.boot);
  writeFileAtomic(layout.boot, bootId());
  const { sandboxes, containers } = state.records;
  for (const record of sandboxes) state.sandboxes.set(record.id, checkPins(state, record));
  for (const record of containers) state.containers.set(record.id, record);
  await clearUnfinished(state);
  await clearUnfinishedContainers(state);
  await state.network.keepOnly(new Set(state.sandboxes.keys()));
  if (bootBefore !== undefined && bootBefore !== bootId()) return noteBoot(state);
  await Promise.all(
    containers.filter((record) => record.state === 'starting').map((record) => finishStart(state, record)),
  );
  look(state);
}

/** Folders that no record names: a killed process was making or removing them. */
async function clearUnfinishedContainers(state: RuncState): Promise<void> {
  const { layout, containers } = state;
  const found = new Set([...readdirSync(layout.containers), ...readdirSync(layout.layers)]);
  const unfinished = [...found].filter((id) => !containers.has(id));
  const created = [...containers.values()].filter((record) => record.state === 'created').map(({ id }) => id);
  await endProcessesNaming([...unfinished, ...created]);
  await Promise.all(unfinished.map((id) => clearContainerFolder(state, id)));
}

/**
 * Of containers that have not started: their monitors, whose gate opened with its keeper's end, are about to find that there is
 * nothing to start, and must not find a bundle that is completed meanwhile.
 */
async function endProcessesNaming(ids: readonly string[]): Promise<void> {
  for (const deadline = performance.now() + START_TIMEOUT_MS; ids.length > 0 && performance.now() < deadline;) {
    const left = processesNaming(ids);
    if (left.length === 0) return;
    for (const one of left) signalProcess(one, 'SIGKILL');
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

function noteBoot(state: RuncState): void {
  for (const { id, state: was } of state.containers.values())
    if (was === 'running' || was === 'starting')
      noteLost(state, id, 'the machine was started anew: the exit code is not known');
}

/**
 * The kubelet was killed between noting that it starts a container and noting that it did. Where conmon never came to be, or its
 * bundle was not complete, nothing has run, and the container is as it was before: to call that an end would end a pod that must
 * not start twice.
 */
async function finishStart(state: RuncState, { id }: ContainerRecord): Promise<void> {
  const own = state.layout.container(id);
  const conmonOf = (): ProcessIdentity | undefined => findConmon(id, Number(readText(own.conmonPidFile)));
  const deadline = performance.now() + START_TIMEOUT_MS;
  const patience = performance.now() + 500; // for conmon's own pid file, its first act
  const isComing = (): boolean =>
    conmonOf() !== undefined || performance.now() < patience || processesNaming([id]).length > 0;
  while (!hasFile(own.pidFile) && isComing() && performance.now() < deadline)
    await new Promise((resolve) => setTimeout(resolve, 5));
  const pid = Number(readText(own.pidFile));
  if (pid > 0) {
    const startedAt = statSync(own.pidFile).mtime.toISOString();
    const process = identityOf(pid) ?? { pid, startTime: '' };
    updateContainer(state, id, { state: 'running', startedAt, process, conmon: conmonOf() });
  } else if (hasFile(own.conmonPidFile) && hasFile(own.config))
    noteLost(state, id, 'the start of the container was interrupted');
  else {
    if (hasFile(own.config)) renameSync(own.config, own.nextConfig);
    updateContainer(state, id, { state: 'created' });
  }
}

/** conmon, a program on its way to be it, and runc: all are told the container's id. */
function processesNaming(ids: readonly string[]): ProcessIdentity[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  const naming = pids.map(Number).filter((pid) => {
    const command = readCommand(pid);
    return ids.some((id) => command.includes(id));
  });
  return naming.map(identityOf).filter((identity) => identity !== undefined);
}

/** Only a process that names this container: pids come around again. */
function findConmon(id: string, pid: number): ProcessIdentity | undefined {
  return pid > 0 && readCommand(pid).includes(id) ? identityOf(pid) : undefined;
}

function readCommand(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ESRCH')) return '';
    throw error;
  }
}

const hasFile = (file: string): boolean => (readText(file) ?? '') !== '';
