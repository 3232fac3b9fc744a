/** /healthz, /livez and /readyz: named checks, 'ok' or which of them failed. */
import { textResponse } from '../encode/respond.ts';
import type { PathHandler } from '../paths.ts';
import type { ApiRequest, ApiResponse } from '../request/request.ts';
import type { HealthResults } from './results.ts';

export interface HealthCheck {
  name: string;
  /** undefined when all is well. */
  failure(): string | undefined;
  /** Part of /readyz alone. */
  readyOnly?: boolean;
}

const ENDPOINTS = new Set(['healthz', 'livez', 'readyz']);

export const healthHandler =
  (checks: readonly HealthCheck[], results: HealthResults): PathHandler =>
  (request) =>
    answerHealth(request, checks, results);

function answerHealth(
  request: ApiRequest,
  checks: readonly HealthCheck[],
  results: HealthResults,
): ApiResponse | undefined {
  const [endpoint = '', ...rest] = request.path.split('/').slice(1);
  if (!ENDPOINTS.has(endpoint)) return undefined;
  const asked = checks.filter((check) => endpoint === 'readyz' || !check.readyOnly);
  const one = rest.join('/');
  if (one) {
    const check = asked.find(({ name }) => name === one);
    return check && answerOne(check);
  }
  const excluded = request.query.getAll('exclude').filter((name) => name !== '');
  return answerAll(endpoint, asked, { excluded, verbose: request.query.has('verbose'), results });
}

function answerOne(check: HealthCheck): ApiResponse {
  const failure = check.failure();
  return failure === undefined ? textResponse(200, 'ok') : plain(500, `internal server error: ${failure}\n`);
}

/** In the words of Kubernetes, whose scripts read the lines; reasons are for those who may read logs. */
function answerAll(
  endpoint: string,
  checks: readonly HealthCheck[],
  { excluded, verbose, results }: { excluded: readonly string[]; verbose: boolean; results: HealthResults },
): ApiResponse {
  const lines: string[] = [];
  let failed = false;
  for (const { name, failure } of checks) {
    const left = excluded.includes(name);
    const fails = !left && failure() !== undefined;
    failed ||= fails;
    if (!left) results.observe(endpoint, name, fails ? 'error' : 'success');
    lines.push(left ? `[+]${name} excluded: ok` : fails ? `[-]${name} failed: reason withheld` : `[+]${name} ok`);
  }
  const unknown = excluded.filter((name) => checks.every((check) => check.name !== name));
  if (unknown.length > 0)
    lines.push(
      `warn: some health checks cannot be excluded: no matches for ${unknown.map((n) => `"${n}"`).join(', ')}`,
    );
  if (!failed && !verbose) return plain(200, 'ok');
  return plain(failed ? 500 : 200, `${lines.join('\n')}\n${endpoint} check ${failed ? 'failed' : 'passed'}\n`);
}

function plain(status: number, text: string): ApiResponse {
  const response = textResponse(status, text);
  response.headers['x-content-type-options'] = 'nosniff';
  return response;
}
