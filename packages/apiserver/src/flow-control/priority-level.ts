/**
 * A priority level at work: who has a seat, who waits for one, who is sent away. Levels lend seats that they do not use, as far
 * as their configuration says, and have their own again as soon as they want them.
 */
import type { PriorityLevelConfiguration } from '@mkube/api';
import { FairQueues, type QueueDump, type Queuing, type Ticket, type Waiter } from './fair-queues.ts';
import type { Seats } from './seats.ts';

export type Rejection = 'concurrency-limit' | 'queue-full' | 'time-out' | 'cancelled';

export interface Waiting extends Waiter {
  maxWaitMs: number;
  signal: AbortSignal;
}

/** As many as a request takes. One that was waited for belongs to a queue, which hears how long it was taken. */
export interface Seat {
  width: number;
  ticket?: Ticket;
  queues?: FairQueues;
}

const MOST_OF_LEVEL = 0.15;
const AT_ONCE: Seat = { width: 1 };

export class PriorityLevel {
  readonly name: string;
  readonly #peers: ReadonlyMap<string, PriorityLevel>;
  #exempt = false;
  #seats: Seats = { nominal: 0, lendable: 0, borrowable: 0 };
  #queues: FairQueues | undefined;
  #queuing: Queuing | undefined;
  /** Seats that are taken. */
  executing = 0;

  constructor(name: string, peers: ReadonlyMap<string, PriorityLevel>) {
    this.name = name;
    this.#peers = peers;
  }

  configure({ spec }: PriorityLevelConfiguration, seats: Seats): void {
    this.#exempt = spec.type === 'Exempt';
    this.#seats = seats;
    const queuing = spec.limited?.limitResponse.type === 'Queue' ? queuingOf(spec.limited.limitResponse) : undefined;
    if (isSame(queuing, this.#queuing)) return;
    this.#queuing = queuing;
    const old = this.#queues;
    this.#queues = queuing && new FairQueues(queuing);
    // Who waited in queues that are no more goes at once: they are few, and were promised a turn.
    for (let ticket = old?.next(); ticket; ticket = old?.next()) ticket.admit();
  }

  get exempt(): boolean {
    return this.#exempt;
  }

  get seats(): Seats {
    return this.#seats;
  }

  /** With all that it may borrow. */
  get upperLimit(): number {
    const { nominal, borrowable } = this.#seats;
    const lendable = [...this.#peers.values()].reduce((all, of) => (of === this ? all : all + of.seats.lendable), 0);
    return nominal + Math.min(borrowable, lendable);
  }

  /** Its own and what it may borrow now. */
  get currentLimit(): number {
    const { nominal, borrowable } = this.#seats;
    const borrowed = Math.max(0, this.executing - nominal);
    return nominal + Math.min(borrowable, borrowed + Math.max(0, lentNow(this.#peers.values(), this)));
  }

  get waiting(): number {
    return this.#queues?.length ?? 0;
  }

  /** The most that one request may take: a small part of the level, and of what its flow's queues share. */
  get mostWide(): number {
    const { nominal } = this.#seats;
    return Math.max(1, Math.ceil(Math.min(nominal * MOST_OF_LEVEL, nominal / (this.#queuing?.handSize ?? 1))));
  }

  queues(): Iterable<QueueDump> {
    return this.#queues?.dump() ?? [];
  }

  /** A seat without waiting, when there is one and nobody is in line. */
  tryEnter(width = 1): Seat | undefined {
    if (!this.#exempt && (this.waiting > 0 || !this.#hasRoom(width))) return undefined;
    this.executing += width;
    return width === 1 ? AT_ONCE : { width };
  }

  async wait(waiting: Waiting): Promise<Seat | Rejection> {
    const { width, maxWaitMs, signal } = waiting;
    const queues = this.#queues;
    if (!queues) return 'concurrency-limit';
    return new Promise((resolve) => {
      const settle = (outcome: Seat | Rejection): void => {
        clearTimeout(timer);
        signal.removeEventListener('abort', cancel);
        resolve(outcome);
      };
      const giveUp = (why: Rejection): void => {
        if (ticket) queues.leave(ticket);
        settle(why);
      };
      const cancel = (): void => giveUp('cancelled');
      const timer = setTimeout(() => giveUp('time-out'), maxWaitMs);
      const ticket = queues.join(waiting, () => {
        this.executing += width;
        settle({ width, ...(ticket && { ticket }), queues });
      });
      if (!ticket) return settle('queue-full');
      if (signal.aborted) return cancel();
      signal.addEventListener('abort', cancel, { once: true });
    });
  }

  leave({ width, ticket, queues }: Seat, ms: number): void {
    this.executing -= width;
    if (ticket) queues?.done(ticket, ms);
    this.#admitNext();
    for (const peer of this.#peers.values()) if (peer !== this && peer.waiting > 0) peer.#admitNext();
  }

  /** A wide one at the head of the line keeps the others waiting until there is room for it: else it would never have any. */
  #admitNext(): void {
    while (this.waiting > 0 && this.#hasRoom(this.#queues?.nextWidth ?? 1)) this.#queues?.next()?.admit();
  }

  #hasRoom(width: number): boolean {
    const { nominal, borrowable } = this.#seats;
    const wanted = this.executing + width;
    if (wanted <= nominal) return true;
    // What is wider than the level goes when it is alone.
    if (width > nominal && nominal > 0 && this.executing === 0) return true;
    const missing = wanted - Math.max(nominal, this.executing);
    return wanted <= nominal + borrowable && lentNow(this.#peers.values(), this) >= missing;
  }
}

/** Seats that other levels have to lend at this moment, less what is borrowed of them already. */
function lentNow(levels: Iterable<PriorityLevel>, borrower: PriorityLevel): number {
  let free = 0;
  for (const level of levels) {
    const { nominal, lendable } = level.seats;
    if (level !== borrower) free += Math.min(lendable, Math.max(0, nominal - level.executing));
    if (!level.exempt) free -= Math.max(0, level.executing - nominal);
  }
  return free;
}

const queuingOf = ({ queuing }: { queuing?: Queuing }): Queuing =>
  queuing ?? { queues: 64, handSize: 8, queueLengthLimit: 50 };

const isSame = (a: Queuing | undefined, b: Queuing | undefined): boolean =>
  a === b ||
  (!!a && !!b && a.queues === b.queues && a.handSize === b.handSize && a.queueLengthLimit === b.queueLengthLimit);
