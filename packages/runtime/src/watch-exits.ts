/**
 * Learns of ends without polling: an exit file is renamed into a folder, which inotify tells at once. Now and then it has
 * the driver look for itself, for a notice that was lost and for containers whose monitor is gone.
 */
import { tryWatch } from './try-watch.ts';

const LOOK_EVERY_MS = 5000;
/** Where the kernel tells nothing. */
const LOOK_UNTOLD_MS = 200;

export interface ExitWatch {
  folder: string;
  /** A file of this name came to be, or its maker's temporary one. */
  onFile(name: string): void;
  look(): void;
}

export function watchExits({ folder, onFile, look }: ExitWatch): { close(): void } {
  const watcher = tryWatch(folder, (name) => {
    if (name !== null) onFile(name);
  });
  const timer = setInterval(look, watcher ? LOOK_EVERY_MS : LOOK_UNTOLD_MS).unref();
  look(); // what ended before the watch began
  return {
    close() {
      watcher?.close();
      clearInterval(timer);
    },
  };
}
