/**
 * Priority and fairness: each request belongs to the first FlowSchema that speaks of it, and takes a seat of that schema's
 * priority level; where none is free it waits in line or is told to come again, 429 with Retry-After. Guarantees: a request
 * that need not wait costs a look into a map; a change of the configuration counts from the next request on.
 */
import type { FlowSchema } from '@mkube/api';
import { textResponse } from '../encode/respond.ts';
import { PerUser } from '../auth/per-user.ts';
import { type RequestInfo, scopeOf } from '../request/info.ts';
import { type Later, lastly } from '../request/later.ts';
import type { ApiResponse, User } from '../request/request.ts';
import type { Resources } from '../storage/resources.ts';
import { type Configuration, FLOW_CONTROL, onConfigurationChange, readConfiguration } from './configuration.ts';
import { FlowCounts, InFlight } from './counts.ts';
import { type Seat, PriorityLevel } from './priority-level.ts';
import { matchesSchema } from './rules.ts';
import { seatsOf } from './seats.ts';

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
  headers: Readonly<Record<string, string>>;
  counts: FlowCounts;
}

export interface FlowRequest {
  user: User;
  info: RequestInfo;
  /** Asked for by those alone who wait. */
  signal: () => AbortSignal;
}

export class FlowControl {
  readonly inFlight = new InFlight();
  readonly #options: FlowControlOptions;
  readonly #resources: Resources;
  readonly #levels = new Map<string, PriorityLevel>();
  readonly #counts = new Map<string, FlowCounts>();
  readonly #unsubscribe: () => void;
  /** By who asks and what for. */
  #known = new PerUser<Flow>();
  #flows: readonly Flow[] | undefined;
  #changed: (() => void) | undefined;

  constructor(resources: Resources, options: FlowControlOptions) {
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

  flowOf({ user, info }: Pick<FlowRequest, 'user' | 'info'>): Flow {
    const flows = this.#read();
    const what = scopeOf(info);
    const known = this.#known.get(user, what);
    if (known) return known;
    const flow = flows.find(({ schema }) => matchesSchema(schema, user, info)) ?? flows.at(-1);
    if (!flow) throw new Error('there is no flow schema, not even the mandatory ones');
    this.#known.set(user, what, flow);
    return flow;
  }

  /** Does the work when there is a seat for it. */
  run(flow: Flow, request: FlowRequest, work: () => Later<ApiResponse>): Later<ApiResponse> {
    const { verb } = request.info;
    const seat = flow.level.tryEnter();
    if (seat) return this.#seated(flow, { seat, verb }, work);
    return this.#wait(flow, request).then((given) =>
      given ? this.#seated(flow, { seat: given, verb }, work) : tooMany(),
    );
  }

  #seated(
    { level, counts }: Flow,
    { seat, verb }: { seat: Seat; verb: string },
    work: () => Later<ApiResponse>,
  ): Later<ApiResponse> {
    const began = performance.now();
    counts.executing++;
    this.inFlight.enter(verb);
    return lastly(work, () => {
      const ms = performance.now() - began;
      this.inFlight.leave(verb);
      counts.done(ms);
      level.leave(seat, ms);
    });
  }

  async #wait({ schema, level, counts }: Flow, request: FlowRequest): Promise<Seat | undefined> {
    const began = performance.now();
    counts.waiting++;
    const flow = `${schema.metadata.name}\n${distinguisherOf(schema, request)}`;
    const { maxWaitMs } = this.#options;
    const outcome = await level.wait({ flow, maxWaitMs, signal: request.signal() });
    counts.waiting--;
    const rejected = typeof outcome === 'string';
    counts.waited(performance.now() - began, !rejected);
    if (!rejected) return outcome;
    counts.reject(outcome);
    return undefined;
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
    const headers = {
      'x-kubernetes-pf-flowschema-uid': this.#uidOf('flowschemas', name),
      'x-kubernetes-pf-prioritylevel-uid': this.#uidOf('prioritylevelconfigurations', level.name),
    };
    return { schema, level, headers, counts };
  }

  /** '' for a mandatory object that somebody has just deleted. */
  #uidOf(resource: string, name: string): string {
    return this.#resources.need(resource, FLOW_CONTROL).cache.get('', name)?.object.metadata.uid ?? '';
  }
}

function distinguisherOf({ spec }: FlowSchema, { user, info }: FlowRequest): string {
  switch (spec.distinguisherMethod?.type) {
    case 'ByUser':
      return user.username;
    case 'ByNamespace':
      return info.type === 'resource' ? info.namespace : '';
    default:
      return '';
  }
}

/** In text, as Kubernetes says it. */
const tooMany = (): ApiResponse => {
  const response = textResponse(429, 'Too many requests, please try again later.\n');
  response.headers['retry-after'] = '1';
  return response;
};
