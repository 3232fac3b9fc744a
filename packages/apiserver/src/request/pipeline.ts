/**
 * The one way of every request behind authentication: read what it asks, impersonate, authorize, find the resource, let the
 * handler of its verb answer. Whatever is thrown on the way becomes a Status.
 */
import { MethodNotAllowed, type ResourceDefinition } from '@mkube/apimachinery';
import type { Handler, ResourceContext, ServerContext } from '../context.ts';
import { textResponse } from '../encode/respond.ts';
import { handlerOf } from '../handlers/all.ts';
import type { PathHandlers } from '../paths.ts';
import { failureResponse } from './failure.ts';
import { authorize } from './authorize.ts';
import { type ResourceInfo, parseRequestInfo } from './info.ts';
import type { ApiRequest, ApiResponse } from './request.ts';
import { Warnings } from './warnings.ts';

export type Pipeline = (request: ApiRequest) => Promise<ApiResponse>;

export const createPipeline =
  (server: ServerContext, paths: PathHandlers): Pipeline =>
  async (request) => {
    const warnings = new Warnings();
    try {
      const response = await answer(server, paths, request, warnings);
      Object.assign(response.headers, warnings.headers);
      return response;
    } catch (error) {
      return failureResponse(error, server.log);
    }
  };

async function answer(
  server: ServerContext,
  paths: PathHandlers,
  request: ApiRequest,
  warnings: Warnings,
): Promise<ApiResponse> {
  const info = parseRequestInfo(request.method, request.path, request.query);
  authorize(server, request.user, info);
  if (info.type === 'path') return paths(request, info);
  const resource = server.resources.find(info);
  if (!resource) return NOT_FOUND();
  const { definition, storage } = resource;
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
  return (await findHandler(context))(context);
}

export const NOT_FOUND = (): ApiResponse => textResponse(404, '404 page not found\n');

async function findHandler(context: ResourceContext): Promise<Handler> {
  const { definition, info } = context;
  if (definition.namespaced && info.namespace === '' && !isAcrossNamespaces(info))
    return () => Promise.resolve(NOT_FOUND());
  if (info.subresource && !Object.hasOwn(definition.subresources, info.subresource))
    return () => Promise.resolve(NOT_FOUND());
  const handler = handlerOf(context);
  if (!handler)
    throw new MethodNotAllowed(`the server does not allow this method on the requested resource`, { details: {} });
  return handler;
}

/** The path of a namespace names one, as authorization sees it; where the object lies it has none. */
export const placed = (info: ResourceInfo, { namespaced }: ResourceDefinition): ResourceInfo =>
  namespaced || info.namespace === '' ? info : { ...info, namespace: '' };

const isAcrossNamespaces = ({ verb, name, subresource }: ResourceInfo): boolean =>
  !name && !subresource && (verb === 'list' || verb === 'watch' || verb === 'create' || verb === 'deletecollection');
