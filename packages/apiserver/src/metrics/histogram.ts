/** Counts of observations by upper bounds, in Prometheus' text form. */
export class Histogram {
  readonly #bounds: readonly number[];
  /** Of each bound, what lies under it and over the one before. */
  readonly #buckets: number[];
  #sum = 0;
  #count = 0;

  constructor(bounds: readonly number[]) {
    this.#bounds = bounds;
    this.#buckets = bounds.map(() => 0);
  }

  observe(value: number): void {
    this.#sum += value;
    this.#count++;
    let i = 0;
    while (i < this.#bounds.length && !(value <= (this.#bounds[i] ?? 0))) i++;
    if (i < this.#bounds.length) this.#buckets[i] = (this.#buckets[i] ?? 0) + 1;
  }

  get count(): number {
    return this.#count;
  }

  lines(name: string, labels: string): string[] {
    const comma = labels && ',';
    const whole = labels && `{${labels}}`;
    let upTo = 0;
    return [
      ...this.#bounds.map((bound, i) => {
        upTo += this.#buckets[i] ?? 0;
        return `${name}_bucket{${labels}${comma}le="${bound}"} ${upTo}`;
      }),
      `${name}_bucket{${labels}${comma}le="+Inf"} ${this.#count}`,
      `${name}_sum${whole} ${this.#sum}`,
      `${name}_count${whole} ${this.#count}`,
    ];
  }
}
