/** PATCH: applies a patch to the current object, then goes the way of an update. */
import type { ResourceContext } from '../context.ts';
import type { ApiResponse } from '../request/request.ts';
import { unsupportedMediaType } from '../request/media-types.ts';

export async function patch(_context: ResourceContext): Promise<ApiResponse> {
  throw unsupportedMediaType(['application/json-patch+json', 'application/merge-patch+json']);
}
