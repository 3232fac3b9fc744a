/** Everything that is not a resource: health, version, discovery, OpenAPI, keys, metrics. A path no one knows is a plain 404. */
import { textResponse } from './encode/respond.ts';
import type { ApiRequest, ApiResponse } from './request/request.ts';

/** undefined: not my path. */
export type PathHandler = (request: ApiRequest) => Promise<ApiResponse | undefined> | ApiResponse | undefined;
export type PathHandlers = (request: ApiRequest) => Promise<ApiResponse>;

export const createPaths =
  (handlers: readonly PathHandler[]): PathHandlers =>
  async (request) => {
    for (const handler of handlers) {
      const response = await handler(request);
      if (response) return response;
    }
    return notFoundPage();
  };

export const notFoundPage = (): ApiResponse => textResponse(404, '404 page not found\n');
