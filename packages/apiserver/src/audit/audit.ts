/**
 * The audit log: lines of JSON (audit.k8s.io/v1 Event) for the stages of a request, as much of it as the policy says. A line is
 * written before the client hears what it tells. Secrets, config maps and tokens stand there without their content, whatever
 * the policy says.
 */
import { randomUUID } from 'node:crypto';
import { stringifyJson } from '@mkube/apimachinery';
import type { Decision } from '../auth/authorizer.ts';
import { STREAMS } from '../limits/deadlines.ts';
import type { RequestInfo } from '../request/info.ts';
import { type ApiRequest, type ApiResponse, type User, header, isStream } from '../request/request.ts';
import { objectOfBody, withoutManagedFields } from './bodies.ts';
import { type Asked, type Outcome, eventOf, isAtLeast } from './event.ts';
import { type AuditConfig, type AuditPolicy, type Stage, configOf } from './policy.ts';

export interface AuditOptions {
  policy: AuditPolicy;
  /** A line without its end. */
  write(line: string): void;
}

export interface AuditedRequest {
  request: Pick<ApiRequest, 'method' | 'headers' | 'query' | 'path' | 'remoteAddress' | 'body'>;
  /** undefined: nobody that could be authenticated. */
  user: User | undefined;
  info: RequestInfo;
}

/** What became of a request. */
export interface Answered {
  response: ApiResponse;
  user?: User | undefined;
  decision?: Decision | undefined;
  /** A fault of the server's own. */
  fault?: unknown;
  /** For a connection that went on as something else: calls back when it has ended. */
  onEnd?: (listener: () => void) => void;
}

/** Header under which an answer says its id in the log. */
export const AUDIT_ID = 'audit-id';

export class Audit {
  readonly auditId: string;
  readonly #options: AuditOptions;
  readonly #clock: () => Date;
  readonly #config: AuditConfig;
  readonly #asked: Asked;
  readonly #given: AuditedRequest;

  /** undefined where nothing is to be written down. */
  static of(options: AuditOptions, clock: () => Date, given: AuditedRequest): Audit | undefined {
    const config = configOf(options.policy, given.user, given.info);
    return config && new Audit(options, clock, config, given);
  }

  private constructor(options: AuditOptions, clock: () => Date, config: AuditConfig, given: AuditedRequest) {
    const { request, user, info } = given;
    this.auditId = header(request.headers, AUDIT_ID) || randomUUID();
    this.#options = options;
    this.#clock = clock;
    this.#config = config;
    this.#given = given;
    const level = isSecret(info) ? 'Metadata' : config.level;
    this.#asked = { request, user, info, auditId: this.auditId, level, received: clock() };
  }

  received(): void {
    this.#write('RequestReceived', this.#asked.received);
  }

  /** Somebody who could not say who they are: told when the answer begins, and never again. */
  refused(message: string): void {
    const responseStatus = { metadata: {}, status: 'Failure', message, reason: 'Unauthorized', code: 401 };
    this.#write('ResponseStarted', this.#clock(), { responseStatus });
  }

  /** Watches the end of an endless answer. */
  async answered(answered: Answered): Promise<void> {
    const { response, fault, onEnd } = answered;
    const outcome = await this.#outcomeOf(answered);
    if (fault !== undefined) return this.#write('Panic', this.#clock(), outcome);
    const complete = (): void => this.#write('ResponseComplete', this.#clock(), outcome);
    if (isLongRunning(this.#asked.info)) this.#write('ResponseStarted', this.#clock(), outcome);
    const { body } = response;
    if (onEnd) onEnd(complete);
    else if (isStream(body)) response.body = { ...body, stream: (sink) => (sink.onClose(complete), body.stream(sink)) };
    else complete();
  }

  async #outcomeOf({ response, user, decision, fault }: Answered): Promise<Outcome> {
    const { request } = this.#given;
    const { info, level } = this.#asked;
    const sent = info.type === 'resource' && (isAtLeast(level, 'Request') || info.verb === 'create');
    const requestObject = sent && (await objectOfBody(request.body, header(request.headers, 'content-type')));
    const responseObject = info.type === 'resource' && (await this.#responseObject(response));
    return {
      responseStatus: fault === undefined ? await statusOf(response) : panicOf(fault),
      ...(user !== this.#given.user && { impersonated: user }),
      ...(decision && { decision }),
      ...(requestObject !== false && { requestObject: this.#shown(requestObject) }),
      ...(responseObject !== false && { responseObject: this.#shown(responseObject) }),
    };
  }

  /** Lists come in pieces: who wants them in the log has them whole. */
  async #responseObject(response: ApiResponse): Promise<unknown> {
    const { body } = response;
    if (!isAtLeast(this.#asked.level, 'RequestResponse') || body === undefined || isStream(body)) return undefined;
    const whole = Buffer.isBuffer(body) ? body : Buffer.concat([...body]);
    response.body = whole;
    return objectOfBody(whole, String(response.headers['content-type'] ?? ''));
  }

  #shown(object: unknown): unknown {
    return this.#config.omitManagedFields ? withoutManagedFields(object) : object;
  }

  #write(stage: Stage, now: Date, outcome?: Outcome): void {
    if (!this.#config.omits(stage)) this.#options.write(stringifyJson(eventOf(this.#asked, stage, now, outcome)));
  }
}

const SECRET = new Set(['secrets', 'configmaps', 'tokenreviews', 'serviceaccounts/token']);

const isSecret = (info: RequestInfo): boolean =>
  info.type === 'resource' && SECRET.has(info.subresource ? `${info.resource}/${info.subresource}` : info.resource);

const isLongRunning = (info: RequestInfo): boolean =>
  info.verb === 'watch' || (info.type === 'resource' && STREAMS.has(info.subresource));

/** A refusal in full, of all else the code alone. */
async function statusOf({ status, headers, body }: ApiResponse): Promise<object> {
  const code = { metadata: {}, code: status };
  if (status < 400 || !Buffer.isBuffer(body)) return code;
  const object = (await objectOfBody(body, String(headers['content-type'] ?? ''))) as
    | Record<string, unknown>
    | undefined;
  if (object?.['kind'] !== 'Status') return code;
  const { kind: _kind, apiVersion: _version, ...refusal } = object;
  return { ...refusal, metadata: {} };
}

const panicOf = (fault: unknown): object => ({
  metadata: {},
  status: 'Failure',
  message: `APIServer panic'd: ${fault instanceof Error ? fault.message : String(fault)}`,
  reason: 'InternalError',
  code: 500,
});
