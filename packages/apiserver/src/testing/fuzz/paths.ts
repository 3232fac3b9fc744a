/** Random paths: of resources as the method wants them, sometimes another, and of everything else. Not part of the product. */
import fc from 'fast-check';
import { text, wellFormed } from './queries.ts';
import { type FuzzTarget, sampleOf } from './targets.ts';

const SEGMENTS = [
  '..',
  '.',
  '%2f',
  '%',
  '%zz',
  '%00',
  '%2e%2e',
  '__proto__',
  'constructor',
  'status',
  'x'.repeat(2000),
  'SAMPLE',
  'é',
  'a b',
  '',
];
export const ROOTS = [
  '/',
  '/api',
  '/apis',
  '/api/v1',
  '/apis/apps',
  '/apis/apps/v1',
  '/apis/none/v1',
  '/version',
  '/healthz',
  '/livez/ping',
  '/readyz',
  '/metrics',
  '/openapi/v2',
  '/openapi/v3',
  '/openapi/v3/api/v1',
  '/openapi/v3/apis/x',
  '/openid/v1/jwks',
  '//',
  '/api//v1',
  '/api/v1/watch/pods',
  '/api/v1/watch/namespaces/samples/pods/x',
  '/api/v1/proxy',
  '/api/v1/namespaces//pods',
  '/logs/',
];

/** A verb that needs a name mostly has one. */
const NAMED: Readonly<Record<string, number>> = { GET: 5, POST: 1, PUT: 9, PATCH: 9, DELETE: 8 };

export const pathOf = (method: string, target: FuzzTarget): fc.Arbitrary<string> => {
  const { group, version, resource, namespaced, subresources } = target;
  const root = `${group ? `/apis/${group}` : '/api'}/${version}`;
  const { name: ownName } = sampleOf(target)['metadata'] as { name: string };
  const namespace = namespaced
    ? fc.constantFrom(...Array<string>(20).fill('/namespaces/samples'), '/namespaces/default', '/namespaces/none', '')
    : fc.constant('');
  const named = NAMED[method] ?? 5;
  const other = fc.oneof(
    fc.constantFrom(...SEGMENTS),
    text.map((t) => encodeURIComponent(wellFormed(t))),
  );
  const name = fc.oneof(
    { weight: named * 2, arbitrary: fc.constant(`/${ownName}`) },
    { weight: (10 - named) * 2, arbitrary: fc.constant('') },
    { weight: 1, arbitrary: other.map((segment) => `/${segment}`) },
  );
  const subs = [...Object.keys(subresources), 'scale', 'nothing'].map((s) => `/${s}`);
  const sub = fc.constantFrom(...Array<string>(subs.length * 2).fill(''), ...subs);
  return fc.tuple(namespace, name, sub).map(([ns, n, s]) => `${root}${ns}/${resource}${n}${n && s}`);
};
