/**
 * An ordered set of keys: sorted runs of bounded length, so that an insert moves a few hundred pointers at most.
 * The order is built when first asked for: loading 150,000 keys at start costs nothing until somebody lists.
 */
const RUN = 512;

/** Index of the first element that is >= key. */
function lowerBound(sorted: readonly string[], key: string): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle] ?? '') < key) low = middle + 1;
    else high = middle;
  }
  return low;
}

export class SortedKeys {
  /** Never empty runs, each sorted, all of one run before all of the next. */
  #runs: string[][] = [];
  /** The last key of each run. */
  #lasts: string[] = [];

  constructor(keys: Iterable<string> = []) {
    const sorted = [...keys].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
    for (let i = 0; i < sorted.length; i += RUN) this.#runs.push(sorted.slice(i, i + RUN));
    this.#lasts = this.#runs.map((run) => run.at(-1) ?? '');
  }

  add(key: string): void {
    const at = Math.min(lowerBound(this.#lasts, key), Math.max(0, this.#runs.length - 1));
    const run = this.#runs[at];
    if (!run) {
      this.#runs.push([key]);
      this.#lasts.push(key);
      return;
    }
    const index = lowerBound(run, key);
    if (run[index] === key) return;
    run.splice(index, 0, key);
    this.#lasts[at] = run.at(-1) ?? key;
    if (run.length > 2 * RUN) this.#split(at, run);
  }

  delete(key: string): void {
    const at = lowerBound(this.#lasts, key);
    const run = this.#runs[at];
    if (!run) return;
    const index = lowerBound(run, key);
    if (run[index] !== key) return;
    run.splice(index, 1);
    if (run.length === 0) {
      this.#runs.splice(at, 1);
      this.#lasts.splice(at, 1);
    } else this.#lasts[at] = run.at(-1) ?? '';
  }

  /** Visits keys >= from in order until `visit` answers false. */
  scan(from: string, visit: (key: string) => boolean): void {
    let at = lowerBound(this.#lasts, from);
    let index = lowerBound(this.#runs[at] ?? [], from);
    for (; at < this.#runs.length; at++, index = 0) {
      const run = this.#runs[at] ?? [];
      for (; index < run.length; index++) if (!visit(run[index] ?? '')) return;
    }
  }

  #split(at: number, run: string[]): void {
    const upper = run.splice(RUN);
    this.#runs.splice(at + 1, 0, upper);
    this.#lasts.splice(at, 1, run.at(-1) ?? '', upper.at(-1) ?? '');
  }
}
