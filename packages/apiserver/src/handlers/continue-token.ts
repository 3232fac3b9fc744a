/** Continue tokens: the revision of the first page and the key to go on at, as base64url of JSON. Pure. */
import { BadRequest } from '@mkube/apimachinery';

export interface ContinueToken {
  /** -1: go on with whatever is there now. */
  rv: number;
  /** The part of the key behind the resource's prefix. */
  start: string;
}

export const EXPIRED =
  'The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter, or use the continue token in this response to retrieve the remainder of the results. Continuing with the provided token results in an inconsistent list - objects that were created, modified, or deleted between the time the first chunk was returned and now may show up in the list.';

export const formatContinue = ({ rv, start }: ContinueToken): string =>
  Buffer.from(JSON.stringify({ v: 'meta.k8s.io/v1', rv, start })).toString('base64url');

export function parseContinue(text: string | null): ContinueToken | undefined {
  if (!text) return undefined;
  const token = parseJson(text) as { v?: unknown; rv?: unknown; start?: unknown } | undefined | null;
  const invalid = (why: string) => new BadRequest(`invalid continue token: continue key is not valid: ${why}`);
  if (!token || typeof token !== 'object') throw invalid('not a token of this server');
  const { v, rv, start } = token;
  if (v !== 'meta.k8s.io/v1')
    throw invalid(`server does not recognize this encoded version ${JSON.stringify(typeof v === 'string' ? v : '')}`);
  if (typeof rv !== 'number' || !Number.isSafeInteger(rv) || rv === 0 || rv < -1)
    throw invalid('incorrect encoded start resourceVersion (version meta.k8s.io/v1)');
  if (typeof start !== 'string' || start === '') throw invalid('encoded start key empty (version meta.k8s.io/v1)');
  if (start.split('/').some((part) => part === '..' || part === '.') || start.startsWith('/'))
    throw invalid(`${start}`);
  return { rv, start };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(Buffer.from(text, 'base64url').toString());
  } catch {
    return undefined;
  }
}
