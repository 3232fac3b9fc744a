/**
 * /openapi/v3 and /openapi/v2. The index names each group-version with a hash of what it is made of, so that it costs
 * nothing; documents are built at their first request and kept compressed.
 */
import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import { loadDescriptions } from '@mkube/api';
import type { ResourceDefinition } from '@mkube/apimachinery';
import { isCustom } from '../crd/definition.ts';
import { gvOf } from '../encode/views.ts';
import { VERSION } from '../discovery/version.ts';
import { jsonResponse } from '../encode/respond.ts';
import { type ApiRequest, type ApiResponse, header } from '../request/request.ts';
import type { Resources } from '../storage/resources.ts';
import { type Form, formOf } from './forms.ts';
import { rootNames } from './root-paths.ts';

interface Document {
  /** Of what it was made of: built again when that changes. */
  hash: string;
  packed: Promise<Buffer>;
}

const YEAR_SECONDS = 365 * 24 * 3600;

export class OpenApi {
  readonly #resources: Resources;
  readonly #clock: () => Date;
  readonly #documents = new Map<string, Document>();

  constructor(resources: Resources, clock: () => Date) {
    this.#resources = resources;
    this.#clock = clock;
  }

  async answer(request: ApiRequest): Promise<ApiResponse | undefined> {
    const { path } = request;
    if (path === '/openapi/v3' || path === '/openapi/v3/') return jsonResponse(200, this.#index());
    if (path.startsWith('/openapi/v3/')) return this.#groupVersion(request, path.slice('/openapi/v3/'.length));
    if (path === '/openapi/v2') return this.#everything(request);
    return undefined;
  }

  #index(): object {
    const documents = [...this.#groups()].toSorted(([a], [b]) => (a < b ? -1 : 1));
    const urlOf = (path: string, definitions: readonly ResourceDefinition[]) => ({
      serverRelativeURL: `/openapi/v3/${path}?hash=${hashOf(path, definitions)}`,
    });
    return { paths: Object.fromEntries(documents.map(([path, of]) => [path, urlOf(path, of)])) };
  }

  async #groupVersion(request: ApiRequest, path: string): Promise<ApiResponse | undefined> {
    const definitions = this.#groups().get(path);
    if (!definitions) return undefined;
    const form = formOf(request, 3);
    if (!form) return { status: 406, headers: {}, body: undefined };
    const hash = hashOf(path, definitions);
    const asked = request.query.get('hash');
    if (asked !== null && asked !== hash)
      return { status: 301, headers: { location: `/openapi/v3/${path}?hash=${hash}` }, body: undefined };
    const document = this.#document(`${path} ${form.name}`, hash, async () => {
      const { documentV3, rootDocumentV3 } = await import('./documents.ts');
      const { customSchemas } = await import('./custom-schemas.ts');
      const describe = await loadDescriptions();
      const isRoot = definitions.length === 0;
      return form.encode(
        isRoot ? rootDocumentV3(path, describe) : documentV3({ definitions, customSchemas, describe }),
      );
    });
    const response = await this.#respond(request, document, form);
    if (asked === null) return response;
    const expires = new Date(this.#clock().getTime() + YEAR_SECONDS * 1000).toUTCString();
    Object.assign(response.headers, { 'cache-control': 'public, immutable', expires });
    return response;
  }

  async #everything(request: ApiRequest): Promise<ApiResponse> {
    const form = formOf(request, 2);
    if (!form) return { status: 406, headers: {}, body: undefined };
    const definitions = [...this.#resources.all()].map(({ definition }) => definition);
    const document = this.#document(`v2 ${form.name}`, hashOf('v2', definitions), async () => {
      const { documentV2 } = await import('./documents.ts');
      const { customSchemas } = await import('./custom-schemas.ts');
      return form.encode(documentV2({ definitions, customSchemas, describe: await loadDescriptions() }));
    });
    return this.#respond(request, document, form);
  }

  /** What each document is about: nothing, where it is no group-version's. */
  #groups(): Map<string, ResourceDefinition[]> {
    const builtIn = [...this.#resources.all()].filter(({ definition }) => !definition.custom);
    const roots = rootNames(builtIn.map(({ definition }) => definition.group));
    const groups = new Map<string, ResourceDefinition[]>(roots.map((name) => [name, []]));
    for (const { definition } of this.#resources.all()) {
      const path = definition.group ? `apis/${gvOf(definition)}` : `api/${definition.version}`;
      groups.set(path, [...(groups.get(path) ?? []), definition]);
    }
    return groups;
  }

  #document(name: string, hash: string, build: () => Promise<Buffer>): Document {
    const known = this.#documents.get(name);
    if (known?.hash === hash) return known;
    const packed = build().then((value) => promisify(gzip)(value, { level: 4 }));
    const document = { hash, packed };
    this.#documents.set(name, document);
    // A failed build is tried again by the next request.
    packed.catch(() => this.#documents.delete(name));
    return document;
  }

  async #respond(request: ApiRequest, { hash, packed }: Document, form: Form): Promise<ApiResponse> {
    const etag = `"${hash}${form.mark}"`;
    const headers = { 'content-type': form.contentType, etag, vary: 'Accept-Encoding, Accept' };
    if (header(request.headers, 'if-none-match') === etag) return { status: 304, headers: { etag }, body: undefined };
    const body = await packed;
    if ((header(request.headers, 'accept-encoding') ?? '').includes('gzip'))
      return { status: 200, headers: { ...headers, 'content-encoding': 'gzip' }, body };
    return { status: 200, headers, body: await promisify(gunzip)(body) };
  }
}

function hashOf(path: string, definitions: readonly ResourceDefinition[]): string {
  const hash = createHash('sha512').update(`${VERSION.gitVersion} ${path}`);
  for (const d of definitions)
    hash.update(` ${d.resource} ${d.verbs.join()} ${d.type} ${isCustom(d) ? d.fingerprint : ''}`);
  return hash.digest('hex').toUpperCase();
}
