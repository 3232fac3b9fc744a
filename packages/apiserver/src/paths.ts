/** Everything that is not a resource: health, version, discovery, OpenAPI, keys, metrics. A path no one knows is a plain 404. */
import { MethodNotAllowed } from '@mkube/apimachinery';
import { textResponse } from './encode/respond.ts';
import type { Later } from './request/later.ts';
import type { ApiRequest, ApiResponse } from './request/request.ts';

const READS = new Set(['GET', 'HEAD', 'OPTIONS']);

/** undefined: not my path. */
export type PathHandler = (request: ApiRequest) => Later<ApiResponse | undefined>;
export type PathHandlers = (request: ApiRequest) => Promise<ApiResponse>;

export const createPaths =
  (handlers: readonly PathHandler[]): PathHandlers =>
  async (request) => {
    if (!READS.has(request.method))
      throw new MethodNotAllowed('the server does not allow this method on the requested resource', { details: {} });
    for (const handler of handlers) {
      const response = await handler(request);
      if (response) return response;
    }
    return notFoundPage();
  };

export const notFoundPage = (): ApiResponse => textResponse(404, '404 page not found\n');
