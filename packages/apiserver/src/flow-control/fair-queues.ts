/**
 * The waiting line of a priority level. A flow is dealt a hand of queues by its hash and waits in the shortest of them, so that
 * a flow that asks for much seldom fills the queues of another (shuffle sharding). Whose turn it is follows the time that each
 * queue's requests have taken so far: a queue of many or slow requests does not hold up the others (fair queuing).
 */
import { createHash } from 'node:crypto';

export interface Queuing {
  queues: number;
  handSize: number;
  queueLengthLimit: number;
}

export interface Ticket {
  queue: Queue;
  width: number;
  asked: Waiter;
  admit: () => void;
}

/** Who waits, for those who look around. */
export interface Waiter {
  flow: string;
  /** Seats that it takes. */
  width: number;
}

interface Queue {
  waiting: Ticket[];
  executing: number;
  /** Of those that are executing. */
  seats: number;
  /** When its next request is due, in the milliseconds of work that the busiest queues have had. */
  due: number;
}

export interface QueueDump {
  index: number;
  waiting: readonly Waiter[];
  executing: number;
  seats: number;
  /** In milliseconds of work. */
  due: number;
}

/** What a request is taken to need until it is known. */
const ESTIMATE_MS = 10;

export class FairQueues {
  readonly #queuing: Queuing;
  readonly #queues = new Map<number, Queue>();
  #virtual = 0;
  length = 0;

  constructor(queuing: Queuing) {
    this.#queuing = queuing;
  }

  /** undefined: the flow's queues are full. */
  join(asked: Waiter, admit: () => void): Ticket | undefined {
    const queue = this.#shortestOf(handOf(asked.flow, this.#queuing));
    if (queue.waiting.length >= this.#queuing.queueLengthLimit) return undefined;
    if (queue.waiting.length === 0 && queue.executing === 0) queue.due = Math.max(queue.due, this.#virtual);
    const ticket = { queue, width: asked.width, asked, admit };
    queue.waiting.push(ticket);
    this.length++;
    return ticket;
  }

  leave(ticket: Ticket): void {
    const { queue } = ticket;
    const at = queue.waiting.indexOf(ticket);
    if (at < 0) return;
    queue.waiting.splice(at, 1);
    this.length--;
  }

  /** How many seats the one whose turn it is will take. */
  get nextWidth(): number {
    return this.#first()?.waiting[0]?.width ?? 0;
  }

  /** The one whose turn it is, taken off its queue. */
  next(): Ticket | undefined {
    const first = this.#first();
    const ticket = first?.waiting.shift();
    if (!first || !ticket) return undefined;
    this.length--;
    this.#virtual = Math.max(this.#virtual, first.due);
    first.due += ESTIMATE_MS * ticket.width;
    first.executing++;
    first.seats += ticket.width;
    return ticket;
  }

  /** Every queue that there may be: those that nobody is dealt are empty. */
  *dump(): Generator<QueueDump> {
    for (let index = 0; index < this.#queuing.queues; index++) {
      const { waiting = [], executing = 0, seats = 0, due = 0 } = this.#queues.get(index) ?? {};
      yield { index, waiting: waiting.map(({ asked }) => asked), executing, seats, due };
    }
  }

  #first(): Queue | undefined {
    let first: Queue | undefined;
    for (const queue of this.#queues.values())
      if (queue.waiting.length > 0 && (!first || queue.due < first.due)) first = queue;
    return first;
  }

  /** The request has taken so long. */
  done({ queue, width }: Ticket, ms: number): void {
    queue.executing--;
    queue.seats -= width;
    queue.due += (ms - ESTIMATE_MS) * width;
    if (this.length > 0) return;
    // Nobody waits: what queues had before counts no more.
    for (const [index, { executing }] of this.#queues) if (executing === 0) this.#queues.delete(index);
  }

  #shortestOf(hand: readonly number[]): Queue {
    let shortest: Queue | undefined;
    for (const index of hand) {
      const queue = this.#queues.get(index) ?? { waiting: [], executing: 0, seats: 0, due: this.#virtual };
      this.#queues.set(index, queue);
      if (!shortest || queue.waiting.length < shortest.waiting.length) shortest = queue;
    }
    if (!shortest) throw new Error('a hand has at least one queue');
    return shortest;
  }
}

/** Different queues, the same for the same flow. */
export function handOf(flow: string, { queues, handSize }: Queuing): number[] {
  let entropy = createHash('sha256').update(flow).digest().readBigUInt64BE();
  const hand: number[] = [];
  for (let dealt = 0; dealt < Math.min(handSize, queues); dealt++) {
    const left = BigInt(queues - dealt);
    let card = Number(entropy % left);
    entropy /= left;
    // The card counts only what is still in the deck.
    for (const taken of hand.toSorted((a, b) => a - b)) if (card >= taken) card++;
    hand.push(card);
  }
  return hand;
}
