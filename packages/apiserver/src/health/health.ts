/** /healthz, /livez and /readyz: named checks, 'ok' or which of them failed. */
import { textResponse } from '../encode/respond.ts';
import type { PathHandler } from '../paths.ts';
import type { ApiRequest, ApiResponse } from '../request/request.ts';

export interface HealthCheck {
  name: string;
  /** undefined when all is well. */
  failure(): string | undefined;
  /** Part of /readyz alone. */
  readyOnly?: boolean;
}

const ENDPOINTS = new Set(['healthz', 'livez', 'readyz']);

export const healthHandler =
  (checks: readonly HealthCheck[]): PathHandler =>
  (request) =>
    answerHealth(request, checks);

function answerHealth(request: ApiRequest, checks: readonly HealthCheck[]): ApiResponse | undefined {
  const [endpoint = '', one, ...more] = request.path.split('/').slice(1);
  if (!ENDPOINTS.has(endpoint) || more.length > 0) return undefined;
  const asked = checks.filter((check) => endpoint === 'readyz' || !check.readyOnly);
  if (one) {
    const check = asked.find(({ name }) => name === one);
    return check && answer(endpoint, [check], false);
  }
  const excluded = new Set(request.query.getAll('exclude'));
  return answer(
    endpoint,
    asked.filter(({ name }) => !excluded.has(name)),
    request.query.has('verbose'),
  );
}

function answer(endpoint: string, checks: readonly HealthCheck[], verbose: boolean): ApiResponse {
  const results = checks.map((check) => ({ name: check.name, failure: check.failure() }));
  const failed = results.some(({ failure }) => failure !== undefined);
  if (!failed && !verbose) return textResponse(200, 'ok');
  const lines = results.map(({ name, failure }) =>
    failure === undefined ? `[+]${name} ok` : `[-]${name} failed: ${failure}`,
  );
  return textResponse(failed ? 500 : 200, `${lines.join('\n')}\n${endpoint} check ${failed ? 'failed' : 'passed'}\n`);
}
