/** Counts of observations by upper bounds, in Prometheus' text form. */
export class Histogram {
  readonly #bounds: readonly number[];
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
    for (let i = this.#bounds.length - 1; i >= 0 && value <= (this.#bounds[i] ?? 0); i--)
      this.#buckets[i] = (this.#buckets[i] ?? 0) + 1;
  }

  lines(name: string, labels: string): string[] {
    const comma = labels && ',';
    const whole = labels && `{${labels}}`;
    return [
      ...this.#bounds.map((bound, i) => `${name}_bucket{${labels}${comma}le="${bound}"} ${this.#buckets[i]}`),
      `${name}_bucket{${labels}${comma}le="+Inf"} ${this.#count}`,
      `${name}_sum${whole} ${this.#sum}`,
      `${name}_count${whole} ${this.#count}`,
    ];
  }
}
