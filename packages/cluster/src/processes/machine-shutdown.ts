/**
 * How a kubelet learns that its machine shuts down, where it was told to give pods time for it:
 *   - logind: PrepareForShutdown on the system bus, heard by one child process that holds a delay lock meanwhile;
 *   - SIGTERM while the init system says that it is stopping (systemd, or runlevel 0 or 6);
 *   - SIGPWR, from whoever knows better: an init without logind, a UPS, `mkube down --graceful`.
 */
import { execFile, spawn } from 'node:child_process';
import fs from 'node:fs';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';

const run = promisify(execFile);
const BUS = '/run/dbus/system_bus_socket';

const RULE =
  "type='signal',sender='org.freedesktop.login1',interface='org.freedesktop.login1.Manager',member='PrepareForShutdown'";
const LISTENER = ['dbus-monitor', '--system', RULE];
const LOCK = ['systemd-inhibit', '--what=shutdown', '--mode=delay', '--who=mkube'];
const WHY = '--why=The kubelet gives its pods time to end';

/** Calls back once. The lock is given back when the signal aborts: the kubelet has done its part. Quiet where there is no logind. */
export function watchLogind(options: { onShutdown(): void; signal: AbortSignal; bus?: string }): void {
  const { onShutdown, signal, bus = BUS } = options;
  if (!fs.existsSync(bus) || signal.aborted) return;
  const [program = '', ...args] = [...LOCK, WHY, ...LISTENER];
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'ignore'] });
  child.on('error', () => undefined); // not on this machine
  createInterface({ input: child.stdout }).on('line', (line) => {
    if (/^\s*boolean true$/.test(line)) onShutdown();
  });
  signal.addEventListener('abort', () => void child.kill(), { once: true });
}

/** Asked when a kubelet is told to end: alone, or with its machine? */
export async function isMachineStopping(): Promise<boolean> {
  if (fs.existsSync('/run/systemd/system')) return (await outputOf('systemctl', 'is-system-running')) === 'stopping';
  return /[06]$/.test(await outputOf('runlevel'));
}

/** systemctl tells by its exit code as well: what it prints counts. */
async function outputOf(program: string, ...args: string[]): Promise<string> {
  const { stdout } = await run(program, args, { timeout: 5000 }).catch((error: { stdout?: string }) => ({
    stdout: error.stdout ?? '',
  }));
  return stdout.trim();
}
