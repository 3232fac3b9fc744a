/**
 * What a URL asks, read once for all who ask it again: path, query, and the request's meaning. The same URL gives the same
 * objects, which nobody changes. Keeps a bounded number of short ones.
 */
import { type RequestInfo, parseRequestInfo } from './info.ts';

export interface Target {
  path: string;
  query: URLSearchParams;
  /** undefined: the path is not validly encoded. */
  info: RequestInfo | undefined;
}

const MOST = 2048;
const LONG = 512;

export class Targets {
  readonly #byMethod = new Map<string, Map<string, Target>>();

  of(method: string, url: string): Target {
    let known = this.#byMethod.get(method);
    const found = known?.get(url);
    if (found) return found;
    const target = readTarget(method, url);
    if (url.length > LONG) return target;
    if (!known) this.#byMethod.set(method, (known = new Map()));
    if (known.size >= MOST) known.clear();
    known.set(url, target);
    return target;
  }
}

/** The same for who asks once. */
export function readTarget(method: string, url: string): Target {
  const question = url.indexOf('?');
  const path = question < 0 ? url : url.slice(0, question);
  const query = new URLSearchParams(question < 0 ? '' : url.slice(question + 1));
  return { path, query, info: infoOf(method, path, query) };
}

function infoOf(method: string, path: string, query: URLSearchParams): RequestInfo | undefined {
  try {
    return parseRequestInfo(method, path, query);
  } catch (error) {
    if (error instanceof URIError) return undefined;
    throw error;
  }
}
