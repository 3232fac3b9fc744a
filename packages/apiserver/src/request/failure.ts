/** Errors as responses: StatusErrors as their Status, everything else logged and answered as InternalError. */
import { StatusError, TooManyRequests, statusOf } from '@mkube/apimachinery';
import type { Logger } from 'pino';
import { jsonResponse } from '../encode/respond.ts';
import { ExpiredContinue } from '../handlers/page.ts';
import type { ApiResponse } from './request.ts';

export function failureResponse(error: unknown, log: Logger): ApiResponse {
  if (error instanceof URIError) return failureResponse(badPath(), log);
  if (isFault(error)) log.error({ err: error }, 'a request failed by a fault of the server');
  const status = statusOf(error);
  const body = error instanceof ExpiredContinue ? { ...status, metadata: { continue: error.continue } } : status;
  const response = jsonResponse(status.code ?? 500, body);
  const retry = status.details?.retryAfterSeconds ?? (error instanceof TooManyRequests ? 1 : undefined);
  if (retry !== undefined) response.headers['retry-after'] = String(retry);
  if (status.code === 403) response.headers['x-content-type-options'] = 'nosniff';
  return response;
}

/** Not an answer to what was asked, but a bug. */
export const isFault = (error: unknown): boolean => !(error instanceof StatusError || error instanceof URIError);

const badPath = () =>
  new StatusError({ reason: 'BadRequest', code: 400, message: 'the path of the request is not validly encoded' });
