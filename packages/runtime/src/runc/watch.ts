/**
 * Learns of ends without polling: conmon renames an exit file into place, which inotify tells at once. Now and then it looks
 * for itself, for a notice that was lost and for containers whose conmon is gone.
 */
import { watch } from 'node:fs';
import { look, noteExit } from './exits.ts';
import type { RuncState } from './state.ts';

const LOOK_EVERY_MS = 5000;

export function watchExits(state: RuncState): { close(): void } {
  const watcher = watch(state.layout.exits, { persistent: false }, (_, name) => {
    if (name !== null) noteExit(state, name);
  });
  watcher.on('error', () => undefined); // the look below goes on
  const timer = setInterval(() => look(state), LOOK_EVERY_MS).unref();
  return {
    close() {
      watcher.close();
      clearInterval(timer);
    },
  };
}
