/**
 * One kubelet per folder: two would fight over every pod. The lock names its holder by pid and the time it was started, so that a
 * kubelet that was killed holds nothing.
 */
import fs from 'node:fs';
import path from 'node:path';

/** Throws where another kubelet lives; what it returns lets go again. */
export function lockFolder(rootDir: string): () => void {
  const file = path.join(rootDir, 'kubelet.lock');
  const holder = readHolder(file);
  if (holder && startTimeOf(holder.pid) === holder.startTime) {
    throw new Error(`another kubelet (pid ${holder.pid}) works in ${rootDir}`);
  }
  fs.writeFileSync(file, `${process.pid} ${startTimeOf(process.pid) ?? ''}`, { mode: 0o600 });
  return () => fs.rmSync(file, { force: true });
}

function readHolder(file: string): { pid: number; startTime: string } | undefined {
  try {
    const [pid, startTime = ''] = fs.readFileSync(file, 'utf8').split(' ');
    return { pid: Number(pid), startTime };
  } catch {
    return undefined;
  }
}

/** Ticks since boot, where /proc tells; elsewhere nothing is known of others. */
function startTimeOf(pid: number): string | undefined {
  try {
    const stat = fs.readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' ? undefined : fields[19]; // one that nobody has reaped yet works no more
  } catch {
    return undefined;
  }
}
