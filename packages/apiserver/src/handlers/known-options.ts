/** Options of writes, read once for all who write with the same query: the same URL has one query, which nobody changes. */
import { type WriteOptions, parseWriteOptions } from '../request/options.ts';
import { type ApiRequest, header } from '../request/request.ts';

interface Known {
  userAgent: string | undefined;
  kind: string;
  options: WriteOptions;
}

export class KnownOptions {
  /** The last ones of each query. */
  readonly #known = new WeakMap<URLSearchParams, Known>();

  of({ query, headers }: Pick<ApiRequest, 'query' | 'headers'>, kind: string): WriteOptions {
    const userAgent = header(headers, 'user-agent');
    const known = this.#known.get(query);
    if (known && known.userAgent === userAgent && known.kind === kind) return known.options;
    const options = parseWriteOptions(query, userAgent, kind);
    this.#known.set(query, { userAgent, kind, options });
    return options;
  }
}
