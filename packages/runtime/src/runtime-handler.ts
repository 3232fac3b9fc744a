/** Engines that run pods in one way only have one handler, called as in their kind of engine, or none that has a name. */
import { RuntimeError, type SandboxConfig } from './runtime.ts';

export function refuseOtherHandler({ runtimeHandler }: SandboxConfig, known?: string): void {
  if (!runtimeHandler || runtimeHandler === known) return;
  throw new RuntimeError('CannotRun', `no runtime for "${runtimeHandler}" is configured`);
}
