/** serviceaccounts/token: a TokenRequest answered with a signed token, bound to a pod, node or secret where it says so. */
import { randomUUID } from 'node:crypto';
import {
  BadRequest,
  conflict,
  formatTime,
  invalid,
  invalidObject,
  notFound,
  type KubernetesObject,
} from '@mkube/apimachinery';
import type { FieldError } from '@mkube/apimachinery';
import type { Pod, TokenRequest } from '@mkube/api';
import type { Handler, ResourceContext } from '../context.ts';
import { validateAdmission } from '../admission/plugin.ts';
import type { PrivateClaims } from '../auth/tokens/signer.ts';
import { respondRaw } from '../encode/respond.ts';
import { decodeSubresource } from '../handlers/subresource-body.ts';
import { writeOptionsOf } from '../handlers/write.ts';
import { NO_TRANSFORMS, negotiate } from '../request/media-types.ts';
import { header } from '../request/request.ts';

const TOKEN_REQUEST = { group: 'authentication.k8s.io', version: 'v1', kind: 'TokenRequest' };
const MIN_SECONDS = 600;
const MAX_SECONDS = 2 ** 32;
/** What the default mount asks for: such tokens live a year, so that programs that read them once go on working. */
const MOUNTED_SECONDS = 3607;
const YEAR = 365 * 24 * 3600;

export const requestToken: Handler = async (context) => {
  const { request, info, storage, server } = context;
  const options = writeOptionsOf(context, 'CreateOptions');
  const body = await decodeSubresource<TokenRequest>(context, TOKEN_REQUEST, options.fieldValidation);
  await storage.caches.fresh();
  const account = storage.get(info).object;
  check(body, info.name);
  await validateAdmission(
    {
      operation: 'CREATE',
      definition: context.definition,
      subresource: 'token',
      namespace: info.namespace,
      name: info.name,
      object: body,
      user: request.user,
      dryRun: options.dryRun,
      warnings: context.warnings,
    },
    server,
  );
  const now = Math.floor(server.clock().getTime() / 1000);
  const asked = body.spec.expirationSeconds ?? 3600;
  const extended = asked === MOUNTED_SECONDS && body.spec.audiences.length === 0;
  const expires = now + (extended ? YEAR : asked);
  const claims: PrivateClaims = {
    namespace: info.namespace,
    serviceaccount: { name: info.name, uid: account.metadata.uid },
    ...boundTo(body, context),
    ...(extended && { warnafter: now + asked }),
  };
  const audiences = body.spec.audiences.length > 0 ? body.spec.audiences : [server.tokens.issuer];
  const token = await server.tokens.sign({
    aud: audiences,
    exp: expires,
    iat: now,
    iss: server.tokens.issuer,
    jti: randomUUID(),
    'kubernetes.io': claims,
    nbf: now,
    sub: `system:serviceaccount:${info.namespace}:${info.name}`,
  });
  const answer: KubernetesObject & Omit<TokenRequest, 'spec'> & { spec: object } = {
    ...body,
    metadata: {
      ...body.metadata,
      name: info.name,
      namespace: info.namespace,
      uid: account.metadata.uid,
      creationTimestamp: formatTime(server.clock()),
    },
    spec: { ...body.spec, audiences, expirationSeconds: asked, boundObjectRef: body.spec.boundObjectRef ?? null },
    status: { token, expirationTimestamp: formatTime(new Date((now + asked) * 1000)) },
  };
  const media = negotiate(header(request.headers, 'accept'), { protobuf: true, transforms: NO_TRANSFORMS });
  return respondRaw(answer, 201, request, media);
};

function check({ metadata, spec }: TokenRequest, name: string): void {
  const errors: FieldError[] = [];
  if (metadata.name && metadata.name !== name)
    throw invalidObject(TOKEN_REQUEST, name, [
      invalid('metadata.name', metadata.name, 'must match the service account name if specified'),
    ]);
  const seconds = spec.expirationSeconds ?? MIN_SECONDS;
  if (seconds < MIN_SECONDS)
    errors.push(invalid('spec.expirationSeconds', seconds, 'may not specify a duration less than 10 minutes'));
  if (seconds > MAX_SECONDS)
    errors.push(invalid('spec.expirationSeconds', seconds, 'may not specify a duration larger than 2^32 seconds'));
  if (errors.length > 0) throw invalidObject(TOKEN_REQUEST, metadata.name ?? '', errors);
}

/** 'apps/v1, Kind=Deployment', '/v1, Kind=Node' */
const goTypeOf = ({ apiVersion = '', kind = '' }: { apiVersion?: string; kind?: string }): string =>
  `${apiVersion.includes('/') ? apiVersion : `/${apiVersion}`}, Kind=${kind}`;

function boundTo({ spec }: TokenRequest, { server, info }: ResourceContext): Partial<PrivateClaims> {
  const ref = spec.boundObjectRef;
  if (!ref) return {};
  const name = ref.name ?? '';
  if (!name) throw new BadRequest('Name parameter required.');
  const [resource, namespace] = (
    { Pod: ['pods', info.namespace], Secret: ['secrets', info.namespace], Node: ['nodes', ''] } as const
  )[ref.kind as 'Pod' | 'Secret' | 'Node'] ?? [undefined, ''];
  if (!resource) throw new BadRequest(`cannot bind token to object of type ${goTypeOf(ref)}`);
  const entry = server.resources.need(resource).cache.get(namespace, name);
  if (!entry) throw notFound({ group: '', resource }, name);
  const { uid } = entry.object.metadata;
  if (ref.uid && ref.uid !== uid)
    throw conflict(
      { group: '', resource },
      name,
      `the UID in the bound object reference (${ref.uid}) does not match the UID in record. The object might have been deleted and then recreated`,
    );
  if (resource !== 'pods') return { [resource === 'nodes' ? 'node' : 'secret']: { name, uid } };
  const pod = entry.object as Pod;
  if (pod.spec.serviceAccountName !== info.name)
    throw new BadRequest(
      `cannot bind token for serviceaccount ${JSON.stringify(info.name)} to pod running with different serviceaccount name.`,
    );
  const node = pod.spec.nodeName ? server.resources.need('nodes').cache.get('', pod.spec.nodeName) : undefined;
  return { pod: { name, uid }, ...(node && { node: { name: node.name, uid: node.object.metadata.uid } }) };
}
