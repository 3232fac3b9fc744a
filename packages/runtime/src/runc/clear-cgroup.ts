/** Empties a control group by force and takes it away: what dies in it keeps it busy for a moment. */
import type { Cgroups } from './cgroups.ts';

const PATIENCE_MS = 3000;

/** False where something in it would not die. */
export async function clearCgroup(cgroups: Cgroups, group: string): Promise<boolean> {
  for (const deadline = performance.now() + PATIENCE_MS; performance.now() < deadline;) {
    for (const pid of cgroups.processes(group)) kill(pid);
    cgroups.remove(group);
    if (!cgroups.exists(group)) return true;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  return false;
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // it went by itself
  }
}
