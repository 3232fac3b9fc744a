/**
 * The container that a sandbox expects first: its root file system is mounted and its monitor begun while the caller still gathers
 * what else the container needs. Both go with the sandbox if nobody takes them.
 */
import type { StoredImage } from '../images/store.ts';
import type { SandboxConfig } from '../runtime.ts';
import { logFileIn, openMonitor } from './monitors.ts';
import { clearContainerFolder, prepareRootFs } from './root-fs.ts';
import type { RootFs, RuncState } from './state.ts';

/** Where it cannot be, whoever makes the container hears why. */
export function expectContainer(state: RuncState, sandboxId: string, { expected, logDirectory }: SandboxConfig): void {
  if (!expected) return;
  try {
    const rootFs = prepareRootFs(state, state.images.resolve(expected.image));
    state.expected.set(sandboxId, rootFs);
    openMonitor(state, rootFs.id, { ...expected, logPath: logFileIn(logDirectory, expected.logPath) });
  } catch {
    // the image is to be pulled, say
  }
}

export function takeRootFs(state: RuncState, sandboxId: string, image: StoredImage): RootFs {
  const expected = state.expected.get(sandboxId);
  if (expected?.imageId !== image.id) return prepareRootFs(state, image);
  state.expected.delete(sandboxId);
  return expected;
}

export async function dropExpected(state: RuncState, sandboxId: string): Promise<void> {
  const expected = state.expected.get(sandboxId);
  if (!expected) return;
  state.expected.delete(sandboxId);
  await expected.mounted.catch(() => undefined);
  await clearContainerFolder(state, expected.id);
}
