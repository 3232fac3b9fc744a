/** Answers /api, /apis and what is below them, legacy or aggregated as Accept asks, with ETags that change with the content. */
import { createHash } from 'node:crypto';
import { bytesResponse } from '../encode/respond.ts';
import { parseAccept } from '../request/media-types.ts';
import { type ApiRequest, type ApiResponse, header } from '../request/request.ts';
import type { Resources } from '../storage/resources.ts';
import { aggregatedDocument, apiGroup, apiGroupList, apiResourceList, groupsOf } from './documents.ts';

const AGGREGATED = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';

export class Discovery {
  readonly #resources: Resources;
  readonly #serverAddress: string;
  #generation = -1;
  #made = new Map<string, { body: Buffer; etag: string } | undefined>();

  constructor(resources: Resources, serverAddress: string) {
    this.#resources = resources;
    this.#serverAddress = serverAddress;
  }

  answer(request: ApiRequest): ApiResponse | undefined {
    const path = request.path.replace(/\/$/, '');
    if (path !== '/api' && path !== '/apis' && !path.startsWith('/api/') && !path.startsWith('/apis/'))
      return undefined;
    const root = path === '/api' || path === '/apis';
    const aggregated = root && wantsAggregated(header(request.headers, 'accept'));
    const made = this.#make(aggregated ? `${path} aggregated` : path, () => this.#build(path, aggregated));
    if (!made) return undefined;
    const response = bytesResponse(200, aggregated ? AGGREGATED : 'application/json', made.body);
    if (!root) return response;
    Object.assign(response.headers, { vary: 'Accept' });
    if (!aggregated) return response;
    Object.assign(response.headers, { etag: made.etag, 'cache-control': 'public' });
    if (header(request.headers, 'if-none-match') !== made.etag) return response;
    return { status: 304, headers: { etag: made.etag, vary: 'Accept', 'cache-control': 'public' }, body: undefined };
  }

  #make(key: string, build: () => object | undefined): { body: Buffer; etag: string } | undefined {
    if (this.#generation !== this.#resources.generation) this.#made = new Map();
    this.#generation = this.#resources.generation;
    if (this.#made.has(key)) return this.#made.get(key);
    const value = build();
    const body = value && Buffer.from(JSON.stringify(value));
    const made = body && { body, etag: `"${createHash('sha512').update(body).digest('hex').toUpperCase()}"` };
    // A path that no one serves is not remembered: clients could name any number of them.
    if (made) this.#made.set(key, made);
    return made;
  }

  #build(path: string, aggregated: boolean): object | undefined {
    const groups = groupsOf(this.#resources);
    const [root, first, second, ...more] = path.split('/').slice(1);
    if (aggregated) return aggregatedDocument(groups, root === 'api');
    if (root === 'api') {
      if (first === undefined) return this.#apiVersions();
      const core = groups.find(({ group }) => group === '')?.versions.find(({ version }) => version === first);
      return second === undefined && core ? apiResourceList('', first, core.definitions) : undefined;
    }
    if (first === undefined) return apiGroupList(groups);
    const group = groups.find((g) => g.group === first && g.group !== '');
    if (!group || more.length > 0) return undefined;
    if (second === undefined) return apiGroup(group);
    const version = group.versions.find((v) => v.version === second);
    return version && apiResourceList(first, second, version.definitions);
  }

  #apiVersions() {
    const serverAddressByClientCIDRs = [{ clientCIDR: '0.0.0.0/0', serverAddress: this.#serverAddress }];
    return { kind: 'APIVersions', versions: ['v1'], serverAddressByClientCIDRs };
  }
}

/** The first clause that we can serve decides. */
function wantsAggregated(accept: string | undefined): boolean {
  for (const { type, parameters } of parseAccept(accept ?? '')) {
    if (type !== 'application/json' && type !== '*/*' && type !== 'application/*') continue;
    const as = parameters.get('as');
    if (as === undefined) return false;
    if (as === 'APIGroupDiscoveryList' && parameters.get('g') === 'apidiscovery.k8s.io' && parameters.get('v') === 'v2')
      return true;
  }
  return false;
}
