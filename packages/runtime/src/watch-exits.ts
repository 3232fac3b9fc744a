/**
 * Learns of ends without polling: an exit file is renamed into a folder, which inotify tells at once. Now and then it has
 * the driver look for itself, for a notice that was lost and for containers whose monitor is gone.
 */
import { watch } from 'node:fs';

const LOOK_EVERY_MS = 5000;

export interface ExitWatch {
  folder: string;
  /** A file of this name came to be, or its maker's temporary one. */
  onFile(name: string): void;
  look(): void;
}

export function watchExits({ folder, onFile, look }: ExitWatch): { close(): void } {
  const watcher = watch(folder, { persistent: false }, (_, name) => {
    if (name !== null) onFile(name);
  });
  watcher.on('error', () => undefined); // the look below goes on
  const timer = setInterval(look, LOOK_EVERY_MS).unref();
  look(); // what ended before the watch began
  return {
    close() {
      watcher.close();
      clearInterval(timer);
    },
  };
}
