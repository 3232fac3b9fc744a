/**
 * Leases for keys with a time to live. One lease serves all keys of the same time to live that are written within a little while, and
 * lives that much longer, so that a thousand events do not need a thousand leases.
 */
import { randomInt } from 'node:crypto';
import type { EtcdConnection } from './connection.ts';

/** At most a minute, and at most a twentieth of the time to live. */
const SHARED_FOR = { mostSeconds: 60, part: 0.05 };
const HIGHEST_ID = 2 ** 48 - 1;

interface Lease {
  id: Promise<number>;
  sharedUntil: number;
}

export class Leases {
  readonly #connection: Pick<EtcdConnection, 'grantLease'>;
  readonly #clock: () => Date;
  readonly #byTtl = new Map<number, Lease>();

  constructor(connection: Pick<EtcdConnection, 'grantLease'>, clock: () => Date) {
    this.#connection = connection;
    this.#clock = clock;
  }

  /** The id of a lease that lives at least so long. */
  idFor(ttlSeconds: number): Promise<number> {
    const now = this.#clock().getTime();
    const known = this.#byTtl.get(ttlSeconds);
    if (known && now < known.sharedUntil) return known.id;
    const sharedSeconds = Math.floor(Math.min(SHARED_FOR.mostSeconds, ttlSeconds * SHARED_FOR.part));
    const id = this.#grant(Math.ceil(ttlSeconds) + sharedSeconds);
    this.#byTtl.set(ttlSeconds, { id, sharedUntil: now + sharedSeconds * 1000 });
    id.catch(() => this.forget(ttlSeconds));
    return id;
  }

  /** The lease is gone, or was never granted. */
  forget(ttlSeconds: number): void {
    this.#byTtl.delete(ttlSeconds);
  }

  async #grant(seconds: number): Promise<number> {
    const ID = randomInt(1, HIGHEST_ID);
    await this.#connection.grantLease({ ID, TTL: seconds });
    return ID;
  }
}
