/** Health by its checks: all of them, one by its name, some left out, and what is said when one fails. */
import { strict as assert } from 'node:assert';
import { test } from 'node:test';
import type { ApiResponse } from '../request/request.ts';
import { type HealthCheck, healthHandler } from './health.ts';
import { HealthResults } from './results.ts';

let broken: string | undefined;
const checks: HealthCheck[] = [
  { name: 'ping', failure: () => undefined },
  { name: 'etcd', failure: () => broken },
  { name: 'poststarthook/rbac/bootstrap-roles', failure: () => undefined, readyOnly: true },
];

const results = new HealthResults();

function ask(url: string): [status: number, text: string] | undefined {
  const [path = '', query] = url.split('?');
  const request = { path, query: new URLSearchParams(query) } as never;
  const response = (healthHandler(checks, results)(request) ?? results.handler(request)) as ApiResponse | undefined;
  return response && [response.status, (response.body as Buffer).toString()];
}

test('what is well says so, in one word or line by line', () => {
  broken = undefined;
  assert.deepEqual(ask('/healthz'), [200, 'ok']);
  assert.deepEqual(ask('/livez?verbose'), [200, '[+]ping ok\n[+]etcd ok\nlivez check passed\n']);
  const ready = '[+]ping ok\n[+]etcd ok\n[+]poststarthook/rbac/bootstrap-roles ok\nreadyz check passed\n';
  assert.deepEqual(ask('/readyz?verbose'), [200, ready]);
});

test('how checks came out is counted by endpoint for service levels, but for those left out', () => {
  const seen = (line: string) => new RegExp(`^${line} (\\d+)$`, 'm').exec(ask('/metrics/slis')?.[1] ?? '')?.[1];
  const count = (status: string) =>
    Number(seen(`kubernetes_healthchecks_total\\{name="etcd",type="livez",status="${status}"\\}`) ?? 0);
  broken = undefined;
  const [passed, failed] = [count('success'), count('error')];
  ask('/livez');
  assert.equal(seen('kubernetes_healthcheck\\{name="etcd",type="livez"\\}'), '1');
  broken = 'no disk';
  ask('/livez');
  ask('/livez?exclude=etcd');
  assert.equal(seen('kubernetes_healthcheck\\{name="etcd",type="livez"\\}'), '0');
  assert.deepEqual([count('success'), count('error')], [passed + 1, failed + 1]);
});

test('a check is asked by its name, however deep', () => {
  broken = undefined;
  assert.deepEqual(ask('/readyz/poststarthook/rbac/bootstrap-roles'), [200, 'ok']);
  assert.equal(ask('/livez/poststarthook/rbac/bootstrap-roles'), undefined, 'it is of readiness alone');
  assert.equal(ask('/readyz/nope'), undefined);
  broken = 'no disk';
  assert.deepEqual(ask('/livez/etcd'), [500, 'internal server error: no disk\n']);
});

test('one failure fails all, without saying why, unless it is left out', () => {
  broken = 'no disk';
  assert.deepEqual(ask('/livez'), [500, '[+]ping ok\n[-]etcd failed: reason withheld\nlivez check failed\n']);
  assert.deepEqual(ask('/livez?exclude=etcd'), [200, 'ok']);
  const lines = [
    '[+]ping ok',
    '[+]etcd excluded: ok',
    'warn: some health checks cannot be excluded: no matches for "x"',
    'livez check passed\n',
  ];
  assert.deepEqual(ask('/livez?exclude=etcd&exclude=x&verbose'), [200, lines.join('\n')]);
});
