/**
 * One leader at a time through a Lease, with client-go's rules: a candidate takes the lease when nobody holds it or its
 * holder has not renewed it for its duration, counted from when this candidate saw the last change (clocks of others are
 * not believed). The leader renews; when it cannot in time it stops leading before anyone else may start.
 */
import { type Input, AlreadyExists, Conflict, NotFound, formatMicroTime } from '@mkube/apimachinery';
import type { Lease } from '@mkube/api';
import type { Client, ObjectName } from '../client.ts';
import { type Clock, pause, systemClock } from '../clock.ts';
import { type Log, silentLog } from '../log.ts';

export interface LeaderElectionOptions {
  client: Pick<Client, 'leases'>;
  lease: Required<ObjectName>;
  /** Who we are, unique among candidates. */
  identity: string;
  /** Leads until its signal aborts; when it ends by itself the lease is given up. */
  lead: (signal: AbortSignal) => Promise<void>;
  signal: AbortSignal;
  leaseDurationMs?: number;
  renewDeadlineMs?: number;
  retryPeriodMs?: number;
  clock?: Clock;
  random?: () => number;
  log?: Log;
}

/** Stands for election again and again until the signal aborts, and then gives up the lease. */
export async function runLeaderElection(options: LeaderElectionOptions): Promise<void> {
  const candidate = new Candidate(options);
  while (!options.signal.aborted) {
    await candidate.acquire();
    if (options.signal.aborted) return;
    await candidate.leadWhileRenewed();
  }
}

class Candidate {
  readonly #options: LeaderElectionOptions;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #durationMs: number;
  readonly #deadlineMs: number;
  readonly #retryMs: number;
  #observed: Lease | undefined;
  #observedAt = 0;

  constructor(options: LeaderElectionOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#log = options.log ?? silentLog;
    this.#durationMs = options.leaseDurationMs ?? 15_000;
    this.#deadlineMs = options.renewDeadlineMs ?? 10_000;
    this.#retryMs = options.retryPeriodMs ?? 2_000;
  }

  async acquire(): Promise<void> {
    const { signal, random = Math.random } = this.#options;
    while (!signal.aborted && !(await this.#tryToHold(signal))) {
      await pause(this.#clock, this.#retryMs * (1 + 1.2 * random()), signal);
    }
  }

  async leadWhileRenewed(): Promise<void> {
    const { signal, lead, lease, identity } = this.#options;
    this.#log.info({ lease, identity }, 'became the leader');
    const term = new AbortController();
    const leading = lead(term.signal).finally(() => term.abort());
    leading.catch(() => undefined); // awaited below; until then a failure only ends the term
    const stop = () => term.abort(signal.reason);
    signal.addEventListener('abort', stop, { once: true });
    await this.#renewUntil(term.signal);
    if (!term.signal.aborted) {
      this.#log.warn({ lease, identity }, 'could not renew the lease in time; no longer the leader');
      term.abort(new Error('leadership was lost'));
    }
    signal.removeEventListener('abort', stop);
    try {
      await leading;
    } finally {
      await this.#release();
    }
  }

  /** Returns when the term has ended, or when no renewal has succeeded for as long as the deadline. */
  async #renewUntil(term: AbortSignal): Promise<void> {
    let renewedAt = this.#now();
    while (!term.aborted && this.#now() - renewedAt < this.#deadlineMs) {
      await pause(this.#clock, this.#retryMs, term);
      if (term.aborted) return;
      const left = renewedAt + this.#deadlineMs - this.#now();
      if (await this.#tryToHold(term, left)) renewedAt = this.#now();
    }
  }

  #now(): number {
    return this.#clock.monotonic();
  }

  /** A try that hangs counts as failed when `withinMs` have passed. */
  async #tryToHold(signal: AbortSignal, withinMs = this.#deadlineMs): Promise<boolean> {
    const attempt = new AbortController();
    const abort = () => attempt.abort(signal.reason);
    signal.addEventListener('abort', abort, { once: true });
    const cancel = this.#clock.after(withinMs, () =>
      attempt.abort(new Error('the lease could not be written in time')),
    );
    try {
      return await this.#takeOrRenew(attempt.signal);
    } catch (err) {
      const race = err instanceof Conflict || err instanceof AlreadyExists;
      if (!race && !signal.aborted)
        this.#log.warn({ err, lease: this.#options.lease }, 'could not take or renew the lease');
      return false;
    } finally {
      cancel();
      signal.removeEventListener('abort', abort);
    }
  }

  async #takeOrRenew(signal: AbortSignal): Promise<boolean> {
    const { client, lease, identity } = this.#options;
    const current = await client.leases.get(lease, { signal }).catch((err: unknown) => {
      if (err instanceof NotFound) return undefined;
      throw err;
    });
    if (!current) {
      this.#observe(
        await client.leases.create({ metadata: lease, spec: this.#spec(undefined) } as Input<Lease>, { signal }),
      );
      return true;
    }
    if (current.metadata.resourceVersion !== this.#observed?.metadata.resourceVersion) this.#observe(current);
    const held = current.spec.holderIdentity;
    const expired = this.#observedAt + this.#durationMs <= this.#now();
    if (held && held !== identity && !expired) return false;
    this.#observe(await client.leases.update({ ...current, spec: this.#spec(current) }, { signal }));
    return true;
  }

  #observe(lease: Lease): void {
    this.#observed = lease;
    this.#observedAt = this.#now();
  }

  #spec(current: Lease | undefined): Lease['spec'] {
    const { identity } = this.#options;
    const now = formatMicroTime(this.#clock.now());
    const renews = current?.spec.holderIdentity === identity;
    return {
      ...current?.spec,
      holderIdentity: identity,
      leaseDurationSeconds: Math.ceil(this.#durationMs / 1000),
      acquireTime: renews ? current.spec.acquireTime : now,
      renewTime: now,
      leaseTransitions: (current?.spec.leaseTransitions ?? 0) + (current && !renews ? 1 : 0),
    };
  }

  /** So that the next leader need not wait; best effort. */
  async #release(): Promise<void> {
    const held = this.#observed;
    if (held?.spec.holderIdentity !== this.#options.identity) return;
    const spec = {
      ...held.spec,
      holderIdentity: '',
      leaseDurationSeconds: 1,
      renewTime: formatMicroTime(this.#clock.now()),
    };
    try {
      this.#observe(await this.#options.client.leases.update({ ...held, spec }));
    } catch (err) {
      this.#log.debug({ err }, 'could not give up the lease');
    }
  }
}
