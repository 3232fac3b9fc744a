/** What a reader of logs asks for, from the query of its request. Pure; what makes no sense is a 400. */
import type { LogOptions } from '../logs/read-log.ts';
import { HttpError } from './http-error.ts';

export function logOptionsOf(query: URLSearchParams, now: Date): LogOptions {
  const sinceSeconds = numberOf(query, 'sinceSeconds', 1);
  const sinceTime = query.get('sinceTime') || undefined;
  if (sinceSeconds !== undefined && sinceTime !== undefined) {
    throw new HttpError(400, 'at most one of `sinceTime` or `sinceSeconds` may be specified');
  }
  const stream = query.get('stream') || 'All';
  if (stream !== 'All' && stream !== 'Stdout' && stream !== 'Stderr') {
    throw new HttpError(400, `unsupported stream ${JSON.stringify(stream)}: one of All, Stdout, Stderr`);
  }
  return {
    follow: isTrue(query.get('follow')),
    previous: isTrue(query.get('previous')),
    timestamps: isTrue(query.get('timestamps')),
    tailLines: numberOf(query, 'tailLines', 0),
    limitBytes: numberOf(query, 'limitBytes', 1),
    since:
      sinceTime !== undefined
        ? timeOf(sinceTime)
        : sinceSeconds === undefined
          ? undefined
          : new Date(now.getTime() - sinceSeconds * 1000),
    stream,
  };
}

export const isTrue = (text: string | null): boolean => text === 'true' || text === '1';

function numberOf(query: URLSearchParams, name: string, least: number): number | undefined {
  const text = query.get(name);
  if (text === null || text === '') return undefined;
  const number = Number(text);
  if (!Number.isSafeInteger(number) || number < least) {
    throw new HttpError(400, `invalid value for ${name}: ${JSON.stringify(text)}`);
  }
  return number;
}

function timeOf(text: string): Date {
  const date = new Date(text);
  if (Number.isNaN(date.getTime())) throw new HttpError(400, `invalid value for sinceTime: ${JSON.stringify(text)}`);
  return date;
}
