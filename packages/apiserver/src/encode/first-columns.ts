/**
 * A watch of Tables names its columns in its first event alone. The frames of later events, which all watchers of a group share,
 * have none: what this watcher is sent first is given them on its way.
 */
import { type ResourceDefinition, stringifyJson } from '@mkube/apimachinery';
import { Batch, type Frame, type Sink } from '../request/request.ts';
import { columnsOf } from './table.ts';

export class FirstColumns implements Sink {
  readonly #sink: Sink;
  #columns: readonly unknown[] | undefined;

  constructor(sink: Sink, definition: ResourceDefinition) {
    this.#sink = sink;
    this.#columns = columnsOf(definition);
  }

  write(batch: Batch): void {
    const columns = this.#columns;
    const [first, ...rest] = batch.frames;
    if (!columns || !first) return this.#sink.write(batch);
    this.#columns = undefined;
    this.#sink.write(new Batch([withColumns(first, columns), ...rest]));
  }

  get buffered(): number {
    return this.#sink.buffered;
  }

  get closed(): boolean {
    return this.#sink.closed;
  }

  drained(): Promise<void> {
    return this.#sink.drained();
  }

  end(): void {
    this.#sink.end();
  }

  destroy(): void {
    this.#sink.destroy();
  }

  onClose(listener: () => void): void {
    this.#sink.onClose(listener);
  }
}

const KEY = '"columnDefinitions":';
const NONE = `${KEY}null`;

/** Their place comes before all that is an object's own. A Status has none. */
function withColumns(frame: Frame, columns: readonly unknown[]): Frame {
  const at = Buffer.isBuffer(frame) ? frame.indexOf(NONE) : -1;
  if (!Buffer.isBuffer(frame) || at < 0) return frame;
  const named = Buffer.from(KEY + stringifyJson(columns));
  return Buffer.concat([frame.subarray(0, at), named, frame.subarray(at + NONE.length)]);
}
