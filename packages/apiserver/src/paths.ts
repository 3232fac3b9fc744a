/** Everything that is not a resource: health, version, discovery, OpenAPI. A path no one knows is a plain 404. */
import type { PathInfo } from './request/info.ts';
import type { ApiRequest, ApiResponse } from './request/request.ts';

export type PathHandler = (
  request: ApiRequest,
  info: PathInfo,
) => Promise<ApiResponse | undefined> | ApiResponse | undefined;
export type PathHandlers = (request: ApiRequest, info: PathInfo) => Promise<ApiResponse>;
