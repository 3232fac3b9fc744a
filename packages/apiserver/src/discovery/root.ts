/** GET /: the paths that this server answers, for those who look around. */
import { jsonResponse } from '../encode/respond.ts';
import type { PathHandler } from '../paths.ts';
import type { Resources } from '../storage/resources.ts';

const OTHERS = [
  '/.well-known/openid-configuration',
  '/api',
  '/apis',
  '/apis/',
  '/healthz',
  '/livez',
  '/metrics',
  '/metrics/slis',
  '/openapi/v2',
  '/openapi/v3',
  '/openapi/v3/',
  '/openid/v1/jwks',
  '/readyz',
  '/version',
];

export const rootHandler =
  (resources: Resources): PathHandler =>
  ({ path }) => {
    if (path !== '/' && path !== '/index.html') return undefined;
    const paths = new Set(OTHERS);
    for (const { definition } of resources.all()) for (const of of pathsOf(definition)) paths.add(of);
    return jsonResponse(200, { paths: [...paths].toSorted() });
  };

const pathsOf = ({ group, version }: { group: string; version: string }): string[] =>
  group ? [`/apis/${group}`, `/apis/${group}/${version}`] : [`/api/${version}`];
