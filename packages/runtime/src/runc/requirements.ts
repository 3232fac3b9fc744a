/** Whether this machine can run containers by runc, and if not, what is missing and what to do. */
import type { Exec } from '../exec.ts';

/** Undefined where it can. */
export async function whyNoRunc(exec: Exec): Promise<string | undefined> {
  if (process.platform !== 'linux') return 'runc needs Linux';
  if (process.getuid?.() !== 0) return 'runc needs root here: run as root';
  const programs = ['runc', 'conmon', 'ip', 'unshare', 'nsenter', 'mount'];
  const missing: string[] = [];
  for (const program of programs) {
    const found = await exec.run([program, program === 'ip' ? '-V' : '--version']).catch(() => undefined);
    if (found?.code !== 0) missing.push(program);
  }
  if (missing.length === 0) return undefined;
  return `${missing.join(', ')} not found: on Debian, apt-get install runc conmon iproute2 util-linux`;
}
