/** Output that comes by calls, and not by a pipe: where its reader is far behind, its source holds back, and memory stays bounded. */
import type { Writable } from 'node:stream';

/** So much may wait; a source that ends meanwhile may lose what it still holds itself. */
const MOST_BYTES = 4 << 20;

export interface Source {
  pause(): void;
  resume(): void;
}

/** Gives what writes to any of the source's readers. */
export function holdBack(source: Source, mostBytes = MOST_BYTES): (out: Writable | undefined, data: Buffer) => void {
  let isHeld = false;
  return (out, data) => {
    if (!out || out.destroyed || out.write(data) || out.writableLength <= mostBytes || isHeld) return;
    isHeld = true;
    source.pause();
    const goOn = (): void => {
      out.off('drain', goOn).off('close', goOn);
      isHeld = false;
      source.resume();
    };
    out.on('drain', goOn).on('close', goOn);
  };
}
