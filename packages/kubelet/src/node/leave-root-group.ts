/**
 * cgroup v2 passes controllers down from no group that has processes of its own, but for the machine's root. Where mkube runs in a
 * container with a cgroup namespace, the root that it sees is another: then what runs there moves a level down, as it does in kind
 * and in Docker in Docker, and pods' groups can have limits.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

const GROUP = 'init';
/** What starts meanwhile starts where its parent is, so few rounds find them all. */
const ROUNDS = 10;

/** `own` is /proc/self/cgroup: only processes that share this one's group are moved. */
export function leaveRootGroup(root: string, own = readFileSync('/proc/self/cgroup', 'utf8')): void {
  const isMachines = !existsSync(path.join(root, 'cgroup.type'));
  if (isMachines || !/^0::\/$/m.test(own)) return;
  for (let round = 0; round < ROUNDS; round++) {
    const pids = processesIn(root);
    if (pids.length === 0) return;
    mkdirSync(path.join(root, GROUP), { recursive: true });
    for (const pid of pids) move(pid, path.join(root, GROUP));
  }
}

/** Those of another pid namespace are shown as 0: no name to move them by. */
const processesIn = (group: string): string[] =>
  readFileSync(path.join(group, 'cgroup.procs'), 'utf8')
    .split('\n')
    .filter((pid) => pid !== '' && pid !== '0');

function move(pid: string, group: string): void {
  try {
    writeFileSync(path.join(group, 'cgroup.procs'), pid);
  } catch {
    // it has ended; what cannot be moved shows when limits are written
  }
}
