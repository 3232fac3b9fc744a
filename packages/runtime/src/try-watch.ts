/**
 * The kernel's notices of changes to a file, or in a folder. It has only so many to give, and editors and other engines of a machine
 * may have them all: then there are none, and who waits for a change looks for itself more often.
 */
import { watch, type FSWatcher } from 'node:fs';

/** Undefined where there are none, also because there is no such file. */
export function tryWatch(file: string, onChange: (name: string | null) => void): FSWatcher | undefined {
  try {
    return watch(file, { persistent: false }, (_, name) => onChange(name)).on('error', () => undefined);
  } catch {
    return undefined;
  }
}
