/**
 * …/proxy of pods, services and nodes: any method and path passed on as it is, the answer passed back at the client's pace.
 * Credentials stay here; what points back at the target is pointed back through the proxy.
 */
import { type IncomingMessage, request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { ServiceUnavailable } from '@mkube/apimachinery';
import type { Handler, ResourceContext } from '../context.ts';
import type { Later } from '../request/later.ts';
import type { ApiRequest, ApiResponse, Sink } from '../request/request.ts';
import { pump } from '../kubelet/pass-on.ts';
import { type ClientUpgrade, joinUpgrade } from '../streams/kubelet-pipe.ts';
import { isPage, rewrittenPage } from './html-page.ts';
import { type ProxyTarget, nodeTarget, parseProxyName, podTarget, serviceTarget } from './target.ts';

/** Of one connection, or secret: not passed on. */
const NOT_PASSED = new Set([
  'authorization',
  'connection',
  'content-length',
  'host',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

export const proxy: Handler = async (context) => {
  const { request, info } = context;
  const target = await targetOf(context);
  // Relative links of a page at '…/proxy' would leave the proxy.
  const isRead = request.method === 'GET' || request.method === 'HEAD';
  if (isRead && info.rest === '' && !request.path.endsWith('/')) {
    const query = request.query.toString();
    return { status: 301, headers: { location: `${request.path}/${query && `?${query}`}` }, body: undefined };
  }
  const response = await send(context, target, headersOf(request, target));
  return answer(response, context, target);
};

export async function proxyUpgrade(context: ResourceContext, upgrade: ClientUpgrade): Promise<void> {
  const { server, request } = context;
  const target = await targetOf(context);
  const headers = {
    ...headersOf(request, target),
    connection: 'Upgrade',
    upgrade: String(request.headers['upgrade'] ?? ''),
  };
  const options = { host: target.host, port: target.port, method: request.method, path: pathOf(context), headers };
  const sent = target.kubelet
    ? server.kubelets.upgrade({ address: target, method: request.method, path: pathOf(context), headers })
    : target.protocol === 'https'
      ? httpsRequest({ ...options, rejectUnauthorized: false })
      : httpRequest(options);
  if (!target.kubelet) sent.end();
  await joinUpgrade(upgrade, sent, target);
}

async function targetOf({ definition, info, storage, server }: ResourceContext): Promise<ProxyTarget> {
  await storage.caches.fresh();
  const name = parseProxyName(info.name, definition.singular);
  switch (definition.resource) {
    case 'nodes':
      return nodeTarget(server.resources, name);
    case 'services':
      return serviceTarget(server.resources, info.namespace, name, Math.random);
    default:
      return podTarget(storage, info.namespace, name);
  }
}

const pathOf = ({ info, request }: ResourceContext): string => {
  const query = request.query.toString();
  return `${info.rest || '/'}${query && `?${query}`}`;
};

function headersOf(
  { headers, remoteAddress, path }: ApiRequest,
  { host, port }: ProxyTarget,
): Record<string, string | string[]> {
  const passed: Record<string, string | string[]> = { host: `${host}:${port}` };
  for (const [name, value] of Object.entries(headers))
    if (value !== undefined && !NOT_PASSED.has(name) && !name.startsWith('impersonate-'))
      passed[name] = typeof value === 'string' ? value : [...value];
  if (remoteAddress) passed['x-forwarded-for'] = remoteAddress;
  passed['x-forwarded-uri'] = path;
  passed['x-forwarded-proto'] = 'https';
  if (headers['host'] !== undefined) passed['x-forwarded-host'] = String(headers['host']);
  return passed;
}

function send(
  context: ResourceContext,
  target: ProxyTarget,
  headers: Record<string, string | string[]>,
): Promise<IncomingMessage> {
  const { request, server } = context;
  const path = pathOf(context);
  const { method, body, signal } = request;
  const length: Record<string, string> = body?.length ? { 'content-length': String(body.length) } : {};
  if (target.kubelet)
    return server.kubelets.request({ address: target, method, path, headers: { ...headers, ...length }, body, signal });
  const { host, port } = target;
  const options = { host, port, method, path, headers: { ...headers, ...length }, signal, rejectUnauthorized: false };
  return new Promise((resolve, reject) => {
    const sent = target.protocol === 'https' ? httpsRequest(options, resolve) : httpRequest(options, resolve);
    sent.once('error', (cause) =>
      reject(new ServiceUnavailable(`error trying to reach service: ${cause.message}`, { cause })),
    );
    sent.end(body);
  });
}

function answer(
  response: IncomingMessage,
  { request, info }: ResourceContext,
  target: ProxyTarget,
): Later<ApiResponse> {
  const headers: Record<string, string | string[]> = {};
  for (const [name, value] of Object.entries(response.headers))
    if (value !== undefined && !NOT_PASSED.has(name)) headers[name] = value;
  const base = request.path.slice(0, request.path.length - info.rest.length);
  const { location } = response.headers;
  if (location) headers['location'] = throughProxy(location, base, target);
  const status = response.statusCode ?? 502;
  if (request.method === 'HEAD' || status === 204 || status === 304) {
    response.resume();
    return { status, headers, body: undefined };
  }
  const passed = { status, headers, body: { stream: (sink: Sink) => pump(response, sink) } };
  // The page of a redirect is read by nobody.
  if (location || !isPage(response)) return passed;
  return rewrittenPage(response, passed, (link) => throughProxy(link, base, target));
}

/** What points at the target itself points at it through the proxy; the rest of the world is left alone. */
function throughProxy(location: string, base: string, { host, port }: ProxyTarget): string {
  if (location.startsWith(base)) return location;
  if (location.startsWith('/') && !location.startsWith('//')) return base + location;
  const url = URL.canParse(location) ? new URL(location) : undefined;
  const own = url && (url.host === `${host}:${port}` || url.host === host);
  return own ? base + url.pathname + url.search + url.hash : location;
}
