/**
 * Priority and fairness: each request belongs to the first FlowSchema that speaks of it, and takes a seat of that schema's
 * priority level; where none is free it waits in line or is told to come again, 429 with Retry-After. Guarantees: a request
 * that need not wait costs a look into a map; a change of the configuration counts from the next request on.
 */
import type { FlowSchema } from '@mkube/api';
import { textResponse } from '../encode/respond.ts';
import { Bag, type Member } from '../bag.ts';
import { PerUser } from '../auth/per-user.ts';
import type { RequestInfo } from '../request/info.ts';
import { type Later, lastly } from '../request/later.ts';
import type { ApiResponse, User } from '../request/request.ts';
import type { Resources } from '../storage/resources.ts';
import { type Configuration, FLOW_CONTROL, onConfigurationChange, readConfiguration } from './configuration.ts';
import { FlowCounts, InFlight } from './counts.ts';
import { type Seat, PriorityLevel } from './priority-level.ts';
import { matchesSchema } from './rules.ts';
import type { Waiter } from './fair-queues.ts';
import { RetryAfter } from './retry-after.ts';
import { seatsOf } from './seats.ts';
import { widthOf } from './width.ts';

export interface FlowControlOptions {
  /** Requests worked on at once, of all priority levels that have a limit. */
  seats: number;
  maxWaitMs: number;
}

/** Kubernetes' own: 400 reading and 200 writing requests, and a quarter of the time that a read may take. */
export const DEFAULT_FLOW_CONTROL: FlowControlOptions = { seats: 600, maxWaitMs: 15_000 };

/** What a request was found to belong to; the same object for all that belong together. */
export interface Flow {
  schema: FlowSchema;
  level: PriorityLevel;
  /** Of the two objects that it was found by. */
  uids: { schema: string; level: string };
  counts: FlowCounts;
}

export interface FlowRequest {
  user: User;
  info: RequestInfo;
  query: URLSearchParams;
  /** Asked for by those alone who wait. */
  signal: () => AbortSignal;
}

export class FlowControl {
  readonly inFlight = new InFlight();
  /** Those that take more than a turn. */
  readonly #executing = new Bag<Executing>();
  readonly #options: FlowControlOptions;
  readonly #resources: Resources;
  readonly #levels = new Map<string, PriorityLevel>();
  readonly #counts = new Map<string, FlowCounts>();
  readonly #retries = new Map<string, RetryAfter>();
  readonly #clock: () => Date;
  readonly #unsubscribe: () => void;
  /** By who asks and what for. */
  #known = new PerUser<Flow>();
  #flows: readonly Flow[] | undefined;
  #changed: (() => void) | undefined;

  constructor(resources: Resources, options: FlowControlOptions, clock: () => Date) {
    this.#clock = clock;
    this.#resources = resources;
    this.#options = options;
    this.#unsubscribe = onConfigurationChange(resources, () => {
      this.#flows = undefined;
      this.#changed?.();
    });
  }

  /** Who is to look after the objects when they change. */
  onChange(listener: () => void): void {
    this.#changed = listener;
  }

  close(): void {
    this.#unsubscribe();
  }

  get levels(): Iterable<PriorityLevel> {
    this.#read();
    return this.#levels.values();
  }

  get counts(): Iterable<FlowCounts> {
    return this.#counts.values();
  }

  /** Requests that are worked on. */
  *executing(): Generator<FlowDump> {
    const elapsed = (began: number): Date => new Date(this.#clock().getTime() - (performance.now() - began));
    for (const { flow, request, width, began } of this.#executing) yield dumpOf(flow, request, width, elapsed(began));
  }

  flowOf({ user, info }: Pick<FlowRequest, 'user' | 'info'>): Flow {
    const flows = this.#read();
    const known = this.#known.get(user, info);
    if (known) return known;
    const flow = flows.find(({ schema }) => matchesSchema(schema, user, info)) ?? flows.at(-1);
    if (!flow) throw new Error('there is no flow schema, not even the mandatory ones');
    this.#known.set(user, info, flow);
    return flow;
  }

  /** Does the work when there is a seat for it. */
  run(flow: Flow, request: FlowRequest, work: () => Later<ApiResponse>): Later<ApiResponse> {
    const width = this.#widthOf(flow.level, request);
    const seat = flow.level.tryEnter(width);
    if (seat) return this.#seated(flow, { seat, request }, work);
    return this.#wait(flow, request, width).then((given) =>
      given ? this.#seated(flow, { seat: given, request }, work) : this.#sentAway(flow),
    );
  }

  #widthOf(level: PriorityLevel, { info, query }: FlowRequest): number {
    if (info.type === 'path' || (info.verb !== 'list' && info.verb !== 'watch')) return 1;
    return widthOf(info, query, {
      weighed: () => this.#resources.find(info)?.storage.cache.weight(),
      most: level.mostWide,
    });
  }

  #seated(
    flow: Flow,
    { seat, request }: { seat: Seat; request: FlowRequest },
    work: () => Later<ApiResponse>,
  ): Later<ApiResponse> {
    const { level, counts } = flow;
    const { verb } = request.info;
    const began = performance.now();
    let shown: Executing | undefined;
    counts.begin(seat.width);
    this.inFlight.enter(verb);
    const outcome = lastly(work, () => {
      const ms = performance.now() - began;
      this.inFlight.leave(verb);
      counts.done(seat.width, ms);
      level.leave(seat, ms);
      if (shown) this.#executing.delete(shown);
    });
    // What is answered in this turn nobody can see.
    if (outcome instanceof Promise)
      this.#executing.add((shown = { place: -1, flow, request, width: seat.width, began }));
    return outcome;
  }

  async #wait(flow: Flow, request: FlowRequest, width: number): Promise<Seat | undefined> {
    const { level, counts } = flow;
    const began = performance.now();
    counts.waiting++;
    counts.waitingSeats += width;
    const waiter = dumpOf(flow, request, width, this.#clock());
    const { maxWaitMs } = this.#options;
    const outcome = await level.wait({ ...waiter, maxWaitMs, signal: request.signal() });
    counts.waiting--;
    counts.waitingSeats -= width;
    const rejected = typeof outcome === 'string';
    counts.waited(performance.now() - began, !rejected);
    if (!rejected) return outcome;
    counts.reject(outcome);
    return undefined;
  }

  /** In text, as Kubernetes says it. */
  #sentAway({ level }: Flow): ApiResponse {
    const retry = this.#retries.get(level.name) ?? new RetryAfter();
    this.#retries.set(level.name, retry);
    retry.refuse(this.#clock());
    const response = textResponse(429, 'Too many requests, please try again later.\n');
    response.headers['retry-after'] = String(retry.seconds);
    return response;
  }

  #read(): readonly Flow[] {
    if (this.#flows) return this.#flows;
    const configuration = readConfiguration(this.#resources);
    this.#configureLevels(configuration);
    this.#known = new PerUser();
    return (this.#flows = configuration.schemas.flatMap((schema) => this.#toFlow(schema) ?? []));
  }

  /** Levels that are no more stay with those who have a seat of theirs. */
  #configureLevels({ levels }: Configuration): void {
    const seats = seatsOf(levels, this.#options.seats);
    for (const name of this.#levels.keys()) if (!seats.has(name)) this.#levels.delete(name);
    for (const configured of levels) {
      const { name } = configured.metadata;
      const level = this.#levels.get(name) ?? new PriorityLevel(name, this.#levels);
      this.#levels.set(name, level);
      level.configure(configured, seats.get(name) ?? { nominal: 0, lendable: 0, borrowable: 0 });
    }
  }

  /** A schema of a level that does not exist speaks of nothing. */
  #toFlow(schema: FlowSchema): Flow | undefined {
    const level = this.#levels.get(schema.spec.priorityLevelConfiguration.name);
    if (!level) return undefined;
    const { name } = schema.metadata;
    const key = `${level.name}\n${name}`;
    const counts = this.#counts.get(key) ?? new FlowCounts(level.name, name);
    this.#counts.set(key, counts);
    const uids = {
      schema: this.#uidOf('flowschemas', name),
      level: this.#uidOf('prioritylevelconfigurations', level.name),
    };
    return { schema, level, uids, counts };
  }

  /** '' for a mandatory object that somebody has just deleted. */
  #uidOf(resource: string, name: string): string {
    return this.#resources.need(resource, FLOW_CONTROL).cache.get('', name)?.object.metadata.uid ?? '';
  }
}

/** As clients are told. */
export function tellFlow({ uids }: Flow, headers: ApiResponse['headers']): void {
  headers['x-kubernetes-pf-flowschema-uid'] = uids.schema;
  headers['x-kubernetes-pf-prioritylevel-uid'] = uids.level;
}

function distinguisherOf({ spec }: FlowSchema, { user, info }: Pick<FlowRequest, 'user' | 'info'>): string {
  switch (spec.distinguisherMethod?.type) {
    case 'ByUser':
      return user.username;
    case 'ByNamespace':
      return info.type === 'resource' ? info.namespace : '';
    default:
      return '';
  }
}

interface Executing extends Member {
  flow: Flow;
  request: FlowRequest;
  width: number;
  /** By performance.now(). */
  began: number;
}

/** A request as it is shown to those who look around, and as its flow is known by. */
export interface FlowDump extends Waiter {
  schema: string;
  level: string;
  distinguisher: string;
  since: Date;
  user: User;
  info: RequestInfo;
}

function dumpOf({ schema, level }: Flow, request: FlowRequest, width: number, since: Date): FlowDump {
  const { name } = schema.metadata;
  const distinguisher = distinguisherOf(schema, request);
  const { user, info } = request;
  return {
    flow: `${name}\n${distinguisher}`,
    width,
    schema: name,
    level: level.name,
    distinguisher,
    since,
    user,
    info,
  };
}
