/**
 * Speaks the OCI distribution API to one registry: anonymous, basic and token authentication, redirects to blob stores,
 * mirrors before the registry itself. Loopback registries may speak plain HTTP; no other unless its configuration says so.
 */
import type { Dispatcher } from 'undici';
import { RuntimeError, type RegistryAuth } from '../../runtime.ts';
import type { ImageReference } from '../reference.ts';
import { parseChallenges, type Challenge } from './challenge.ts';
import { createDispatchers, type Dispatchers } from './dispatchers.ts';
import { type Place as ConfiguredPlace, placesOf } from './hosts.ts';
import { proxiesOf } from './proxies.ts';

export interface RegistryOptions {
  /** Folders in containerd's layout of certs.d, the nearest first: see hosts.ts. */
  configFolders?: readonly string[];
  /** HTTP_PROXY, HTTPS_PROXY, NO_PROXY, SSL_CERT_FILE, NODE_EXTRA_CA_CERTS. */
  env?: Readonly<Record<string, string | undefined>>;
}

export interface RegistryResponse {
  status: number;
  headers: Record<string, string | undefined>;
  body: Dispatcher.ResponseData['body'];
}

export interface RegistryRequest {
  /** Below /v2/<repository>/: 'manifests/latest'. */
  path: string;
  headers?: Record<string, string>;
  signal: AbortSignal;
}

export interface RegistryClient {
  /** The answer of the first place that has it. A refusal is an error, by its kind; bodies are to be consumed. */
  get(wanted: RegistryRequest): Promise<RegistryResponse>;
  close(): Promise<void>;
}

const MAX_REDIRECTS = 5;
const MOST_TOKEN = 1 << 20;
const MOST_REASON = 10_000;

interface Place extends ConfiguredPlace {
  authorization?: string;
}

export function createRegistryClient(
  { registry, repository }: ImageReference,
  { auth, options = {} }: { auth?: RegistryAuth; options?: RegistryOptions },
): RegistryClient {
  const { configFolders = [], env = {} } = options;
  const dispatchers = createDispatchers(proxiesOf(env), env);
  let known: Promise<Place[]> | undefined;
  const getFrom = async (place: Place, { path, headers, signal }: RegistryRequest): Promise<RegistryResponse> => {
    const send = (): Promise<RegistryResponse> => {
      const url = new URL(`${place.base}/${repository}/${path}`);
      if (place.namespace) url.searchParams.set('ns', place.namespace);
      return follow(url, { place, headers, signal, dispatchers });
    };
    let response = await send().catch((error: Error) => withoutTls(place, error, send));
    if (response.status !== 401) return response;
    await response.body.dump();
    place.authorization = await authorize(response, { place, repository, auth, signal, dispatchers });
    response = await send();
    return response;
  };
  return {
    async get(wanted) {
      const failures: RuntimeError[] = [];
      const capability = wanted.path.startsWith('manifests/') ? 'resolve' : 'pull';
      for (const place of await (known ??= placesOf(registry, configFolders))) {
        if (!place.capabilities.includes(capability)) continue;
        const host = place.namespace ? new URL(place.base).host : registry;
        const response = await getFrom(place, wanted).catch((error: unknown) =>
          asUnavailable(host, error, wanted.signal),
        );
        if (!(response instanceof RuntimeError) && response.status < 300) return response;
        failures.push(response instanceof RuntimeError ? response : await refusal(response, `${host}/${repository}`));
      }
      throw failureOf(registry, failures);
    },
    close: () => dispatchers.close(),
  };
}

/** Once a loopback registry has shown that it does not speak TLS, it is asked in plain HTTP from then on. */
async function withoutTls(
  place: Place,
  error: Error & { code?: string },
  send: () => Promise<RegistryResponse>,
): Promise<RegistryResponse> {
  const isPlain = /wrong version number|packet length too long|EPROTO|UND_ERR_SOCKET/i.test(
    `${error.code} ${error.message}`,
  );
  if (!place.mayBePlain || !place.base.startsWith('https:') || !isPlain) throw error;
  place.base = place.base.replace('https:', 'http:');
  return send();
}

/** The registry's own word decides what kind of failure it is; what mirrors said is told as well. */
function failureOf(registry: string, failures: readonly RuntimeError[]): RuntimeError {
  const last = failures.at(-1);
  if (!last) return new RuntimeError('RegistryUnavailable', `no place to ask for ${registry}`);
  if (failures.length === 1) return last;
  return new RuntimeError(last.code, failures.map(({ message }) => message).join('; '), { cause: last });
}

interface Sending {
  place: Place;
  headers?: Record<string, string>;
  signal: AbortSignal;
  dispatchers: Dispatchers;
}

/** Redirects to another host get no credentials, and never lead from TLS to plain HTTP. */
async function follow(first: URL, { place, headers, signal, dispatchers }: Sending): Promise<RegistryResponse> {
  const { request } = await import('undici');
  let url = first;
  for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects++) {
    const own = url.host === first.host;
    const dispatcher = await dispatchers.for(url, own ? place.tls : undefined);
    const authorization = own && place.authorization ? { authorization: place.authorization } : {};
    const sent = await request(url, {
      dispatcher,
      signal,
      headers: { ...(own ? place.headers : {}), ...headers, ...authorization },
    });
    const response = { status: sent.statusCode, headers: plainHeaders(sent.headers), body: sent.body };
    const { location } = response.headers;
    if (![301, 302, 303, 307, 308].includes(response.status) || !location) return response;
    await response.body.dump();
    const next = new URL(location, url);
    if (!/^https?:$/.test(next.protocol) || (url.protocol === 'https:' && next.protocol === 'http:'))
      throw new RuntimeError(
        'RegistryUnavailable',
        `${first.host} redirects to ${next.protocol}//${next.host}: refused`,
      );
    url = next;
  }
  throw new RuntimeError('RegistryUnavailable', `${first.host} redirects in a ring`);
}

function plainHeaders(headers: Dispatcher.ResponseData['headers']): Record<string, string | undefined> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : value]),
  );
}

interface Authorizing {
  place: Place;
  repository: string;
  auth?: RegistryAuth;
  signal: AbortSignal;
  dispatchers: Dispatchers;
}

/** What the registry wants to see in Authorization. */
async function authorize(response: RegistryResponse, asking: Authorizing): Promise<string> {
  const { place, auth } = asking;
  const challenges = parseChallenges(response.headers['www-authenticate'] ?? '');
  const bearer = challenges.find((challenge) => challenge.scheme === 'bearer');
  if (auth?.registryToken) return `Bearer ${auth.registryToken}`;
  if (bearer) return `Bearer ${await fetchToken(bearer, asking)}`;
  const host = new URL(place.base).host;
  if (!auth?.username) throw new RuntimeError('Unauthorized', `${host} wants a user and password`);
  return basicOf(auth);
}

const basicOf = ({ username = '', password = '' }: RegistryAuth): string =>
  `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;

async function fetchToken(
  { params }: Challenge,
  { place, repository, auth, signal, dispatchers }: Authorizing,
): Promise<string> {
  const realm = URL.canParse(params['realm'] ?? '') ? new URL(params['realm'] ?? '') : undefined;
  if (!realm || (realm.protocol !== 'https:' && !place.base.startsWith('http:')))
    throw new RuntimeError('Unauthorized', `${place.base} names no safe place to get a token from`);
  const scope = params['scope'] ?? `repository:${repository}:pull`;
  const service = params['service'] ?? '';
  const { request } = await import('undici');
  const dispatcher = await dispatchers.for(realm, realm.host === new URL(place.base).host ? place.tls : undefined);
  const sent = auth?.identityToken
    ? await request(realm, {
        method: 'POST',
        dispatcher,
        signal,
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        body: new URLSearchParams({
          grant_type: 'refresh_token',
          refresh_token: auth.identityToken,
          service,
          scope,
          client_id: 'mkube',
        }).toString(),
      })
    : await request(withQuery(realm, { service, scope }), {
        dispatcher,
        signal,
        headers: auth?.username ? { authorization: basicOf(auth) } : {},
      });
  if (sent.statusCode >= 300) {
    await sent.body.dump();
    throw new RuntimeError('Unauthorized', `${realm.host} gave no token for ${repository} (${sent.statusCode})`);
  }
  const answer = JSON.parse(await textOf(sent.body, MOST_TOKEN)) as { token?: string; access_token?: string };
  const token = answer.token ?? answer.access_token;
  if (!token) throw new RuntimeError('Unauthorized', `${realm.host} answered without a token`);
  return token;
}

function withQuery(url: URL, query: Record<string, string>): URL {
  const full = new URL(url);
  for (const [name, value] of Object.entries(query)) if (value) full.searchParams.append(name, value);
  return full;
}

async function refusal(response: RegistryResponse, name: string): Promise<RuntimeError> {
  const reason = await reasonOf(response);
  const said = reason ? `: ${reason}` : '';
  if (response.status === 404) return new RuntimeError('ImageNotFound', `${name}: not found${said}`);
  if (response.status === 401 || response.status === 403)
    return new RuntimeError(
      'Unauthorized',
      `pull access denied for ${name}, repository does not exist or may require authorization${said}`,
    );
  return new RuntimeError('RegistryUnavailable', `${name}: the registry answered ${response.status}${said}`);
}

async function reasonOf({ body }: RegistryResponse): Promise<string> {
  try {
    const { errors = [] } = JSON.parse(await textOf(body, MOST_REASON)) as { errors?: { message?: string }[] };
    return errors.map((error) => error.message ?? '').join('; ');
  } catch {
    return '';
  }
}

/** No more than that of what somebody else's server sends; the rest is left where it is. */
async function textOf(body: AsyncIterable<Buffer>, most: number): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body) {
    chunks.push(chunk);
    size += chunk.length;
    if (size > most) break;
  }
  return Buffer.concat(chunks).subarray(0, most).toString();
}

function asUnavailable(registry: string, error: unknown, signal: AbortSignal): RuntimeError {
  if (signal.aborted) throw signal.reason;
  if (error instanceof RuntimeError) return error;
  const { message, cause } = error as Error;
  const detail = message || String(cause ?? error);
  return new RuntimeError('RegistryUnavailable', `cannot reach registry ${registry}: ${detail}`, { cause: error });
}
