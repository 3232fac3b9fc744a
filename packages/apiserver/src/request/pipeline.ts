/**
 * The one way of every request behind authentication: read what it asks, impersonate, authorize, find the resource, let the
 * handler of its verb answer. Whatever is thrown on the way becomes a Status.
 */
import { ServiceUnavailable, StatusError, type ResourceDefinition } from '@mkube/apimachinery';
import { type Flow, tellFlow } from '../flow-control/flow-control.ts';
import type { Handler, ResourceContext, ServerContext } from '../context.ts';
import { handlerOf } from '../handlers/all.ts';
import { STREAMS, deadlineOf } from '../limits/deadlines.ts';
import { type PathHandlers, noSuchMethod, noSuchResource, notFoundAt } from '../paths.ts';
import { failureResponse, isFault } from './failure.ts';
import { isCustom } from '../crd/definition.ts';
import { impersonated } from '../auth/impersonation.ts';
import { authorize } from './authorize.ts';
import { AUDIT_ID, Audit } from '../audit/audit.ts';
import type { Decision } from '../auth/authorizer.ts';
import { type RequestInfo, type ResourceInfo, parseRequestInfo } from './info.ts';
import { type Later, after, rescued } from './later.ts';
import { type ApiRequest, type ApiResponse, type User, askedBy } from './request.ts';
import { Warnings } from './warnings.ts';

export type Pipeline = (request: ApiRequest) => Later<ApiResponse>;

/** What a request turned out to ask, for those who count. */
export interface Seen {
  info?: RequestInfo;
  user?: User;
  /** Set when a resource that is served was asked for. */
  resource?: ResourceInfo;
  flow?: Flow;
  decision?: Decision;
  /** Set where it is written down. */
  audit?: Audit | undefined;
  /** A bug met on the way. */
  fault?: unknown;
}

export const createPipeline =
  (server: ServerContext, paths: PathHandlers): Pipeline =>
  (request) => {
    const began = performance.now();
    const warnings = new Warnings();
    const seen: Seen = {};
    const response = rescued(
      () => answer(server, paths, request, { warnings, seen }),
      (error) => {
        if (isFault(error)) seen.fault = error;
        return failureResponse(error, { log: server.log, request });
      },
    );
    return after(response, (answered) => {
      warnings.addTo(answered.headers);
      if (seen.flow) tellFlow(seen.flow, answered.headers);
      return after(note(server, { request, response: answered, seen, began }), () => answered);
    });
  };

function answer(
  server: ServerContext,
  paths: PathHandlers,
  request: ApiRequest,
  { warnings, seen }: { warnings: Warnings; seen: Seen },
): Later<ApiResponse> {
  const info = request.info ?? parseRequestInfo(request.method, request.path, request.query);
  seen.info = info;
  beginAudit(server, request, info, seen);
  const user = impersonated(request, server.authorizer);
  seen.user = user;
  const asked = user === request.user ? request : askedBy(user, request);
  const work = () => limited(server, info, asked, seen, () => perform(server, paths, asked, { info, warnings, seen }));
  const allotted = deadlineOf(info, request.query);
  return allotted === undefined ? work() : server.deadlines.within(allotted, work());
}

/** Whether a request gets past those who judge who asks what: what it brings along need not be read otherwise. */
export const mayAsk =
  ({ authorizer }: ServerContext) =>
  (request: ApiRequest): boolean => {
    try {
      if (!request.info) return false;
      authorize({ authorizer }, impersonated(request, authorizer), request.info);
      return true;
    } catch (error) {
      if (error instanceof StatusError) return false;
      throw error;
    }
  };

/** Streams are as long as somebody else takes: they are not counted. A watch is, until it has begun. */
function limited(
  { flowControl }: ServerContext,
  info: RequestInfo,
  request: ApiRequest,
  seen: Seen,
  work: () => Later<ApiResponse>,
): Later<ApiResponse> {
  if (info.type === 'resource' && STREAMS.has(info.subresource)) return work();
  const { user } = request;
  seen.flow = flowControl.flowOf({ user, info });
  return flowControl.run(seen.flow, { user, info, query: request.query, signal: () => request.signal }, work);
}

function perform(
  server: ServerContext,
  paths: PathHandlers,
  request: ApiRequest,
  { info, warnings, seen }: { info: RequestInfo; warnings: Warnings; seen: Seen },
): Later<ApiResponse> {
  authorize(server, request.user, info, seen);
  if (info.type === 'path') return paths(request);
  const resource = server.resources.find(info);
  if (!resource) return notFoundAt(request.path);
  seen.resource = info;
  if (!server.started) throw new ServiceUnavailable('the server is starting', { details: { retryAfterSeconds: 1 } });
  const { definition, storage } = resource;
  if (isCustom(definition) && definition.deprecation) warnings.add(definition.deprecation);
  const hooks = server.hooksOf(definition);
  const context: ResourceContext = {
    server,
    request,
    info: placed(info, definition),
    definition,
    storage,
    hooks,
    warnings,
  };
  return findHandler(context, info)(context);
}

function findHandler(context: ResourceContext, asked: ResourceInfo): Handler {
  const { definition, info } = context;
  const nowhere = definition.namespaced && info.namespace === '' && !isAcrossNamespaces(info);
  if (isMisplaced(asked, definition) || (nowhere && info.name)) throw noSuchResource();
  if (info.subresource && !Object.hasOwn(definition.subresources, info.subresource)) throw noSuchResource();
  const handler = nowhere || isNoWatch(context) || isBareHead(context) ? undefined : handlerOf(context);
  if (!handler) throw noSuchMethod();
  return handler;
}

/**
 * What lies in no namespace is not found in one: who has rights in a namespace was judged by those alone. Only a namespace
 * itself is asked for in this way.
 */
const isMisplaced = ({ namespace, name, resource, group }: ResourceInfo, { namespaced }: ResourceDefinition): boolean =>
  !namespaced && namespace !== '' && !(group === '' && resource === 'namespaces' && name === namespace);

/** Heads alone are passed on by proxies, and served by nobody else. */
const isBareHead = ({ info, request }: ResourceContext): boolean =>
  request.method === 'HEAD' && info.subresource !== 'proxy';

const isNoWatch = ({ info, request }: ResourceContext): boolean =>
  info.verb === 'watch' && request.method !== 'GET' && request.method !== 'HEAD';

/** The path of a namespace names one, as authorization sees it; where the object lies it has none. */
export const placed = (info: ResourceInfo, { namespaced }: ResourceDefinition): ResourceInfo =>
  namespaced || info.namespace === '' ? info : { ...info, namespace: '' };

const isAcrossNamespaces = ({ verb, name, subresource }: ResourceInfo): boolean =>
  !name && !subresource && (verb === 'list' || verb === 'watch');

interface Noted {
  /** As it came: by who asked, not by whom it was asked for. */
  request: ApiRequest;
  response: ApiResponse;
  seen: Seen;
  /** By performance.now(). */
  began: number;
  /** Of a connection that went on as something else. */
  onEnd?: (listener: () => void) => void;
}

/** Writes down that a request has come, where somebody wants that. */
export function beginAudit(server: ServerContext, request: ApiRequest, info: RequestInfo, seen: Seen): void {
  const { audit: options } = server.options;
  if (!options) return;
  seen.audit = Audit.of(options, server.clock, { request, user: request.user, info });
  seen.audit?.received();
}

/** Counts an answered request, and writes down what became of it. */
export function note(server: ServerContext, { request, response, seen, began, onEnd }: Noted): Later<void> {
  const ms = performance.now() - began;
  if (seen.resource) server.metrics.observe({ info: seen.resource, request }, response.status, ms / 1000);
  const { audit, user, decision, fault } = seen;
  if (!audit) return;
  response.headers[AUDIT_ID] = audit.auditId;
  return audit.answered({ response, user: user ?? request.user, decision, fault, ...(onEnd && { onEnd }) });
}
