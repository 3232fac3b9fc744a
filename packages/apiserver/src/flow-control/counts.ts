/** What is counted of each flow schema's requests for /metrics: a few additions a request. */
import { Histogram } from '../metrics/histogram.ts';
import type { Rejection } from './priority-level.ts';

const WAITS = [0, 0.005, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30];
const EXECUTIONS = [0, 0.005, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30];

export class FlowCounts {
  readonly labels: { priority_level: string; flow_schema: string };
  readonly rejected = new Map<Rejection, number>();
  readonly waits = new Histogram(WAITS);
  readonly refusedWaits = new Histogram(WAITS);
  readonly executions = new Histogram(EXECUTIONS);
  dispatched = 0;
  executing = 0;
  executingSeats = 0;
  waiting = 0;
  waitingSeats = 0;

  constructor(level: string, schema: string) {
    this.labels = { priority_level: level, flow_schema: schema };
  }

  begin(width: number): void {
    this.executing++;
    this.executingSeats += width;
  }

  done(width: number, ms: number): void {
    this.executing--;
    this.executingSeats -= width;
    this.dispatched++;
    this.executions.observe(ms / 1000);
  }

  waited(ms: number, admitted: boolean): void {
    (admitted ? this.waits : this.refusedWaits).observe(ms / 1000);
  }

  reject(why: Rejection): void {
    this.rejected.set(why, (this.rejected.get(why) ?? 0) + 1);
  }
}

const READS = new Set(['get', 'list', 'head', 'options']);

/** Requests worked on now. */
export class InFlight {
  reading = 0;
  writing = 0;

  enter(verb: string): void {
    this.#count(verb, 1);
  }

  leave(verb: string): void {
    this.#count(verb, -1);
  }

  /** Watches are endless, and counted elsewhere. */
  #count(verb: string, by: 1 | -1): void {
    if (READS.has(verb)) this.reading += by;
    else if (verb !== 'watch') this.writing += by;
  }
}
