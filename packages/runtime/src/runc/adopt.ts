/**
 * Takes over a root that an earlier process left, whatever it was doing when it was killed: records are loaded, half-made
 * folders cleared, a start under way is waited for, and what ended meanwhile is noted.
 */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { isErrno, readText, writeFileAtomic } from '../atomic-file.ts';
import { bootId, identityOf, type ProcessIdentity } from '../process-identity.ts';
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
  await Promise.all(unfinishedContainers(state).map((id) => clearContainerFolder(state, id)));
  await state.network.keepOnly(new Set(state.sandboxes.keys()));
  if (bootBefore !== undefined && bootBefore !== bootId()) return noteBoot(state);
  await Promise.all(
    containers.filter((record) => record.state === 'starting').map((record) => finishStart(state, record)),
  );
  look(state);
}

/** Folders that no record names: a killed process was making or removing them. */
function unfinishedContainers({ layout, containers }: RuncState): string[] {
  const found = new Set([...readdirSync(layout.containers), ...readdirSync(layout.layers)]);
  return [...found].filter((id) => !containers.has(id));
}

function noteBoot(state: RuncState): void {
  for (const { id, state: was } of state.containers.values())
    if (was === 'running' || was === 'starting')
      noteLost(state, id, 'the machine was started anew: the exit code is not known');
}

/**
 * The kubelet was killed between noting that it starts a container and noting that it did. Where conmon never came to be, nothing
 * has run, and the container is as it was before: to call that an end would end a pod that must not start twice.
 */
async function finishStart(state: RuncState, { id }: ContainerRecord): Promise<void> {
  const own = state.layout.container(id);
  const conmonOf = (): ProcessIdentity | undefined => findConmon(id, Number(readText(own.conmonPidFile)));
  const deadline = Date.now() + START_TIMEOUT_MS;
  const patience = Date.now() + 500; // for conmon's own pid file, its first act
  const isComing = (): boolean => conmonOf() !== undefined || Date.now() < patience || hasProcess(id);
  while (!hasFile(own.pidFile) && isComing() && Date.now() < deadline)
    await new Promise((resolve) => setTimeout(resolve, 5));
  const pid = Number(readText(own.pidFile));
  if (pid > 0) {
    const startedAt = statSync(own.pidFile).mtime.toISOString();
    const process = identityOf(pid) ?? { pid, startTime: '' };
    updateContainer(state, id, { state: 'running', startedAt, process, conmon: conmonOf() });
  } else if (hasFile(own.conmonPidFile)) noteLost(state, id, 'the start of the container was interrupted');
  else updateContainer(state, id, { state: 'created' });
}

/** Some program on its way to be conmon, or runc: both are told the container's id. */
function hasProcess(id: string): boolean {
  return readdirSync('/proc').some((name) => /^\d+$/.test(name) && readCommand(Number(name)).includes(id));
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
