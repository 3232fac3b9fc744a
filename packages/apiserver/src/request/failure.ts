/** Errors as responses: StatusErrors as their Status, everything else logged and answered as InternalError. */
import { NotAcceptable, StatusError, statusOf } from '@mkube/apimachinery';
import type { Logger } from 'pino';
import { type RawOf, jsonResponse, respondRaw } from '../encode/respond.ts';
import { ExpiredContinue } from '../handlers/page.ts';
import { type Later, after } from './later.ts';
import { type MediaType, NO_TRANSFORMS, negotiate } from './media-types.ts';
import { type ApiResponse, header } from './request.ts';

export interface Failed {
  log: Logger;
  /** What failed, as far as it was understood: who asked in YAML or protobuf is refused in it. */
  request?: RawOf | undefined;
}

export function failureResponse(error: unknown, { log, request }: Failed): Later<ApiResponse> {
  if (error instanceof URIError) return failureResponse(badPath(), { log, request });
  if (isFault(error)) log.error({ err: error }, 'a request failed by a fault of the server');
  const status = statusOf(error);
  const body = error instanceof ExpiredContinue ? { ...status, metadata: { continue: error.continue } } : status;
  return after(encoded(body, status.code ?? 500, request), (response) => {
    const retry = status.details?.retryAfterSeconds;
    if (retry !== undefined) response.headers['retry-after'] = String(retry);
    if (status.code === 403) response.headers['x-content-type-options'] = 'nosniff';
    return response;
  });
}

function encoded(body: object, code: number, request: RawOf | undefined): Later<ApiResponse> {
  const media = request && mediaOf(header(request.headers, 'accept'));
  return media ? respondRaw(body, code, request, media) : jsonResponse(code, body);
}

/** Who takes nothing of ours is told so in JSON. */
function mediaOf(accept: string | undefined): MediaType | undefined {
  try {
    return negotiate(accept, { protobuf: true, transforms: NO_TRANSFORMS });
  } catch (error) {
    if (error instanceof NotAcceptable) return undefined;
    throw error;
  }
}

/** Not an answer to what was asked, but a bug. */
export const isFault = (error: unknown): boolean => !(error instanceof StatusError || error instanceof URIError);

const badPath = () =>
  new StatusError({ reason: 'BadRequest', code: 400, message: 'the path of the request is not validly encoded' });
