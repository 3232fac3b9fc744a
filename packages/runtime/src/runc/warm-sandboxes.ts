/**
 * Sandboxes made ahead of need: namespaces pinned and plugged in, waiting for a pod's name. Making one takes a third of a
 * pod's start. Only the usual kind is kept; none is made while pods are being started.
 */
import { randomBytes } from 'node:crypto';
import type { NamespaceChoice } from './namespaces.ts';
import { discardSandbox, prepareSandbox, type PreparedSandbox } from './sandboxes.ts';
import type { RuncState } from './state.ts';

export interface WarmSandboxes {
  /** One that waits, or a new one. */
  take(choice: NamespaceChoice): Promise<PreparedSandbox>;
  close(): Promise<void>;
}

const QUIET_MS = 100;

export function keepWarmSandboxes(state: RuncState, size: number): WarmSandboxes {
  const ready: PreparedSandbox[] = [];
  let timer: NodeJS.Timeout | undefined;
  let making: Promise<void> | undefined;
  let closed = false;
  const make = async (): Promise<void> => {
    while (ready.length < size && !closed) {
      const prepared = await prepareSandbox(state, newSandboxId(), { network: true, ipc: true }).catch(() => undefined);
      if (!prepared) return; // whoever asks next hears why
      ready.push(prepared);
    }
  };
  const refillLater = (): void => {
    if (closed || size === 0) return;
    clearTimeout(timer);
    timer = setTimeout(() => {
      if (isStarting(state)) return refillLater();
      making ??= make().finally(() => (making = undefined));
    }, QUIET_MS).unref();
  };
  refillLater();
  return {
    async take(choice) {
      const waiting = choice.network && choice.ipc ? ready.shift() : undefined;
      refillLater();
      return waiting ?? prepareSandbox(state, newSandboxId(), choice);
    },
    async close() {
      closed = true;
      clearTimeout(timer);
      await making;
      await Promise.all(ready.splice(0).map(({ id }) => discardSandbox(state, id)));
    },
  };
}

export const newSandboxId = (): string => randomBytes(32).toString('hex');

const isStarting = ({ containers }: RuncState): boolean =>
  [...containers.values()].some((container) => container.state === 'starting');
