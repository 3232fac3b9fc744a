/**
 * Random requests at an API server: right ones with something changed, and wrong ones in every part: method, path, query,
 * headers, body. Not part of the product.
 */
import fc from 'fast-check';
import { PROTOBUF, bodyFor } from './bodies.ts';
import { ROOTS, pathOf } from './paths.ts';
import { queryOf } from './queries.ts';
import { type FuzzTarget, TARGETS } from './targets.ts';

export interface FuzzRequest {
  method: string;
  path: string;
  headers: Record<string, string>;
  body?: string | Buffer;
  user: { username: string; groups: string[] };
}

export interface FuzzMaterial {
  /** Bytes of stored samples in protobuf, by 'resource.group'. */
  protobuf: ReadonlyMap<string, Buffer>;
  /** A good continue token. */
  token: string;
}

const ADMIN = { username: 'kubernetes-admin', groups: ['system:masters'] };
const USERS = [
  ADMIN,
  { username: '', groups: [] },
  { username: 'system:node:sample', groups: ['system:nodes'] },
  { username: 'system:kube-controller-manager', groups: [] },
  { username: '__proto__', groups: ['constructor'] },
];
const METHODS = { GET: 3, POST: 6, PUT: 4, PATCH: 6, DELETE: 1, HEAD: 1, OPTIONS: 1, X: 1 };
const ACCEPTS = [
  'application/json',
  '*/*',
  'application/yaml',
  PROTOBUF,
  `${PROTOBUF};as=PartialObjectMetadataList;g=meta.k8s.io;v=v1`,
  'application/json;as=Table;v=v1;g=meta.k8s.io',
  'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1',
  'application/json;as=APIGroupDiscoveryList;v=v2;g=apidiscovery.k8s.io',
  ',,;q=',
  'text/html',
  'application/json;q=NaN',
];

const methods = fc.oneof(
  ...Object.entries(METHODS).map(([method, weight]) => ({ weight, arbitrary: fc.constant(method) })),
);
const user = fc.oneof(
  { weight: 40, arbitrary: fc.constant(ADMIN) },
  { weight: 1, arbitrary: fc.constantFrom(...USERS) },
);
const headers = fc.record(
  {
    accept: fc.constantFrom(...ACCEPTS),
    'user-agent': fc.constantFrom('curl/8', 'kubectl/v1.35', '', '/'),
    'if-none-match': fc.constantFrom('"x"', '*'),
  },
  { requiredKeys: [] },
);
const impersonating = fc.record({ 'impersonate-user': fc.constantFrom('x', '', 'system:anonymous') });
const someHeaders: fc.Arbitrary<Record<string, string>> = fc.oneof(
  { weight: 40, arbitrary: fc.constant({}) },
  { weight: 20, arbitrary: headers },
  { weight: 1, arbitrary: impersonating },
);

/** Namespaces that everything else lies in are not deleted: there is nobody here to finish it. */
const isSparing = ({ method, path }: FuzzRequest): boolean =>
  !(method === 'DELETE' && /^\/api\/v1\/namespaces\/[^/]*\/?(\?|$)/.test(path));

export function fuzzRequest({ token, protobuf }: FuzzMaterial): fc.Arbitrary<FuzzRequest> {
  const query = fc.oneof({ weight: 1, arbitrary: fc.constant('') }, { weight: 1, arbitrary: queryOf(token) });
  const known = new Map<string, fc.Arbitrary<FuzzRequest>>();
  const of = (method: string, target: FuzzTarget): fc.Arbitrary<FuzzRequest> => {
    const key = `${method} ${target.resource}.${target.group}`;
    const requests = known.get(key) ?? make(method, target);
    known.set(key, requests);
    return requests;
  };
  const make = (method: string, target: FuzzTarget): fc.Arbitrary<FuzzRequest> =>
    fc
      .tuple(pathOf(method, target), query, bodyFor(method, target, protobuf), someHeaders, user, fc.nat(20))
      .map(([path, q, sent, more, who, watch]) => ({
        method,
        path: `${path}?${q}${method === 'GET' && watch === 0 ? '&watch=true' : ''}`,
        headers: { ...more, ...(sent && { 'content-type': sent.type }) },
        ...(sent && { body: sent.body }),
        user: who,
      }));
  const ofResources = fc.tuple(methods, fc.constantFrom(...TARGETS)).chain(([method, target]) => of(method, target));
  const ofRoots = fc
    .tuple(methods, fc.constantFrom(...ROOTS), query, someHeaders, user)
    .map(([method, path, q, more, who]) => ({ method, path: `${path}?${q}`, headers: more, user: who }));
  return fc
    .oneof({ weight: 15, arbitrary: ofResources }, { weight: 1, arbitrary: ofRoots as fc.Arbitrary<FuzzRequest> })
    .filter(isSparing);
}
