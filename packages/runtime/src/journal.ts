/**
 * Values by key in one file that is only added to: a change costs one write and no new file. Each line begins with its line
 * break, so a line that a crash cut short, which nobody was promised, spoils no other: it is skipped. The file is written anew
 * when most of it is of the past. Not synced to disk.
 */
import { closeSync, openSync, writeSync } from 'node:fs';
import { readText, writeFileAtomic } from './atomic-file.ts';

/** A file of less is left as it is. */
const LEAST_BYTES = 1 << 20;
const MOST_OF_THE_PAST = 4;

export class Journal<T> {
  readonly #file: string;
  readonly #values: Map<string, T>;
  #fd: number | undefined;
  #bytes = 0;
  #limit = 0;

  constructor(file: string) {
    this.#file = file;
    this.#values = parseJournal<T>(readText(file) ?? '');
    this.#compact();
  }

  values(): T[] {
    return [...this.#values.values()];
  }

  put(key: string, value: T): void {
    this.#append([key, value]);
    this.#values.set(key, value);
  }

  drop(key: string): void {
    if (this.#values.has(key)) this.#append([key]);
    this.#values.delete(key);
  }

  close(): void {
    if (this.#fd !== undefined) closeSync(this.#fd);
    this.#fd = undefined;
  }

  #append(entry: [string, T?]): void {
    if (this.#bytes > this.#limit) this.#compact();
    this.#fd ??= openSync(this.#file, 'a', 0o600);
    const line = Buffer.from(lineOf(entry));
    // a full disk takes a part of it: that is no promise, and the rest is refused
    for (let at = 0; at < line.length;) at += writeSync(this.#fd, line, at);
    this.#bytes += line.length;
  }

  #compact(): void {
    this.close();
    const text = [...this.#values].map(lineOf).join('');
    writeFileAtomic(this.#file, text);
    this.#bytes = Buffer.byteLength(text);
    this.#limit = Math.max(LEAST_BYTES, this.#bytes * MOST_OF_THE_PAST);
  }
}

const lineOf = (entry: readonly [string, unknown?]): string => `\n${JSON.stringify(entry)}`;

/** The newest value of every key; a line with a key alone takes it away. */
export function parseJournal<T>(text: string): Map<string, T> {
  const values = new Map<string, T>();
  for (const line of text.split('\n')) {
    const [key, value] = parseLine<T>(line);
    if (key === undefined) continue;
    if (value === undefined) values.delete(key);
    else values.set(key, value);
  }
  return values;
}

function parseLine<T>(line: string): [string?, T?] {
  try {
    return JSON.parse(line) as [string, T?];
  } catch {
    return []; // cut short
  }
}
