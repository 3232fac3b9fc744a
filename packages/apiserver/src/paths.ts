/** Everything that is not a resource: health, version, discovery, OpenAPI, keys, metrics. What nobody knows is a 404. */
import { MethodNotAllowed, NotFound } from '@mkube/apimachinery';
import { registry } from '@mkube/api';
import { textResponse } from './encode/respond.ts';
import type { Later } from './request/later.ts';
import type { ApiRequest, ApiResponse } from './request/request.ts';

/** undefined: not my path. */
export type PathHandler = (request: ApiRequest) => Later<ApiResponse | undefined>;
export type PathHandlers = (request: ApiRequest) => Promise<ApiResponse>;

export const createPaths =
  (handlers: readonly PathHandler[]): PathHandlers =>
  async (request) => {
    for (const handler of handlers) {
      const response = await handler(request);
      if (!response) continue;
      if (request.method !== 'GET' && READ_ALONE.test(request.path)) throw noSuchMethod();
      return response;
    }
    return notFoundAt(request.path);
  };

/** Lists of versions and resources, the version and keys are got; health, metrics and documents are told whatever one does. */
const READ_ALONE = /^\/(api(\/v1)?|apis\/[^/]+\/[^/]+|version|openid\/.*|\.well-known\/.*)\/?$/;

/** The groups that are built in say it with a Status, everybody else in plain text. */
export function notFoundAt(path: string): ApiResponse {
  const [, root, group] = path.split('/');
  if ((root === 'api' && group !== undefined) || (root === 'apis' && GROUPS.has(group ?? ''))) throw noSuchResource();
  const page = textResponse(404, '404 page not found\n');
  page.headers['x-content-type-options'] = 'nosniff';
  return page;
}

export const noSuchMethod = () =>
  new MethodNotAllowed('the server does not allow this method on the requested resource', { details: {} });

export const noSuchResource = () => new NotFound('the server could not find the requested resource', { details: {} });

const GROUPS: ReadonlySet<string> = new Set(registry.map(({ group }) => group).filter(Boolean));
