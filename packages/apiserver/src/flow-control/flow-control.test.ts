/** Which priority level a request belongs to, who waits in which order, who is sent away, and that changes count at once. */
import { strict as assert } from 'node:assert';
import { test } from 'node:test';
import type { FlowSchema, PriorityLevelConfiguration } from '@mkube/api';
import { parseRequestInfo } from '../request/info.ts';
import { type TestServer, startTestServer } from '../testing/test-server.ts';
import { FairQueues, handOf } from './fair-queues.ts';
import { flowControlObjects } from './objects.ts';
import { PriorityLevel, type Seat } from './priority-level.ts';
import { inOrder, matchesSchema } from './rules.ts';
import { seatsOf } from './seats.ts';

const FLOW = '/apis/flowcontrol.apiserver.k8s.io/v1';
const objects = flowControlObjects(new Date(0));
const schemas = inOrder(objects.filter((o): o is FlowSchema => o.kind === 'FlowSchema'));
const levels = objects.filter((o): o is PriorityLevelConfiguration => o.kind === 'PriorityLevelConfiguration');

const schemaOf = (username: string, groups: string[], method: string, url: string): string | undefined => {
  const [path = '', query] = url.split('?');
  const info = parseRequestInfo(method, path, new URLSearchParams(query));
  return schemas.find((schema) => matchesSchema(schema, { username, groups }, info))?.metadata.name;
};

test('requests fall to the schema that Kubernetes gives them', () => {
  const all = ['system:authenticated'];
  const nodes = [...all, 'system:nodes'];
  const accounts = [...all, 'system:serviceaccounts'];
  const pods = '/api/v1/namespaces/x/pods';
  const lease = '/apis/coordination.k8s.io/v1/namespaces/kube-system/leases/x';
  const account = (of: string) => `system:serviceaccount:${of}`;
  assert.equal(schemaOf('admin', [...all, 'system:masters'], 'GET', pods), 'exempt');
  assert.equal(schemaOf('system:anonymous', ['system:unauthenticated'], 'GET', '/healthz'), 'probes');
  assert.equal(schemaOf('system:anonymous', ['system:unauthenticated'], 'GET', '/healthz/etcd'), 'global-default');
  assert.equal(schemaOf('system:kube-scheduler', all, 'PUT', lease), 'system-leader-election');
  assert.equal(schemaOf('system:kube-scheduler', all, 'DELETE', lease), 'kube-scheduler');
  const endpoints = '/api/v1/namespaces/x/endpoints';
  assert.equal(schemaOf('system:kube-controller-manager', all, 'POST', endpoints), 'endpoint-controller');
  assert.equal(schemaOf('system:kube-controller-manager', all, 'GET', pods), 'kube-controller-manager');
  assert.equal(schemaOf('system:node:n', nodes, 'PATCH', '/api/v1/nodes/n/status'), 'system-node-high');
  assert.equal(schemaOf('system:node:n', nodes, 'PUT', lease), 'system-node-high');
  assert.equal(schemaOf('system:node:n', nodes, 'GET', pods), 'system-nodes');
  assert.equal(schemaOf(account('kube-system:x'), accounts, 'GET', pods), 'kube-system-service-accounts');
  assert.equal(schemaOf(account('kube-systemic:x'), accounts, 'GET', pods), 'service-accounts');
  assert.equal(schemaOf('ann', all, 'GET', pods), 'global-default');
  assert.equal(schemaOf('nobody', [], 'GET', pods), undefined);
});

test('seats are the shares of the levels, rounded up', () => {
  const seats = seatsOf(levels, 600);
  const nominal = Object.fromEntries([...seats].map(([name, of]) => [name, of.nominal]));
  assert.deepEqual(nominal, {
    exempt: 0,
    'catch-all': 13,
    system: 74,
    'node-high': 98,
    'leader-election': 25,
    'workload-high': 98,
    'workload-low': 245,
    'global-default': 49,
  });
  assert.deepEqual(seats.get('workload-low'), { nominal: 245, lendable: 221, borrowable: Infinity });
});

test('a flow has always the same hand of different queues', () => {
  for (const flow of ['a', 'b', 'c', 'd']) {
    const hand = handOf(flow, { queues: 16, handSize: 16, queueLengthLimit: 1 });
    assert.deepEqual(
      hand.toSorted((a, b) => a - b),
      Array.from({ length: 16 }, (_, i) => i),
    );
    assert.deepEqual(handOf(flow, { queues: 16, handSize: 16, queueLengthLimit: 1 }), hand);
  }
});

test('who asks for little does not wait behind who asks for much, nor behind who takes long', () => {
  const queues = new FairQueues({ queues: 1024, handSize: 1, queueLengthLimit: 100 });
  const order: string[] = [];
  const join = (flow: string) => assert.ok(queues.join(flow, () => order.push(flow)));
  for (let i = 0; i < 6; i++) join('greedy');
  for (let i = 0; i < 4; i++) join('modest');
  for (let i = 0; i < 6; i++) {
    const ticket = queues.next();
    assert.ok(ticket);
    ticket.admit();
    queues.done(ticket, order.at(-1) === 'greedy' ? 1000 : 1);
  }
  assert.deepEqual(order, ['greedy', 'modest', 'modest', 'modest', 'modest', 'greedy']);
});

const limited = (name: string, limitResponse: object): PriorityLevelConfiguration =>
  ({ metadata: { name }, spec: { type: 'Limited', limited: { nominalConcurrencyShares: 1, limitResponse } } }) as never;

function makeLevel(
  name: string,
  limitResponse: object,
  seats: { nominal: number; lendable?: number },
  peers = new Map(),
) {
  const level = new PriorityLevel(name, peers as Map<string, PriorityLevel>);
  peers.set(name, level);
  level.configure(limited(name, limitResponse), { lendable: 0, borrowable: Infinity, ...seats });
  return level;
}

const QUEUE = { type: 'Queue', queuing: { queues: 1, handSize: 1, queueLengthLimit: 1 } };

test('one seat: the second waits, the third finds the queue full, who is slow or gone gives up', async () => {
  const level = makeLevel('l', QUEUE, { nominal: 1 });
  const signal = new AbortController().signal;
  const seat = level.tryEnter();
  assert.ok(seat);
  assert.equal(level.tryEnter(), undefined);
  const second = level.wait({ flow: 'f', maxWaitMs: 60_000, signal });
  assert.equal(await level.wait({ flow: 'f', maxWaitMs: 60_000, signal }), 'queue-full');
  level.leave(seat, 1);
  const taken = await second;
  assert.ok(typeof taken === 'object');
  assert.equal(await level.wait({ flow: 'f', maxWaitMs: 1, signal }), 'time-out');
  const gone = new AbortController();
  const third = level.wait({ flow: 'f', maxWaitMs: 60_000, signal: gone.signal });
  gone.abort();
  assert.equal(await third, 'cancelled');
  level.leave(taken as Seat, 1);
  assert.equal(level.executing, 0);
  assert.equal(level.waiting, 0);
  assert.ok(level.tryEnter());
  assert.equal(
    await makeLevel('r', { type: 'Reject' }, { nominal: 0 }).wait({ flow: 'f', maxWaitMs: 1, signal }),
    'concurrency-limit',
  );
});

test('a level borrows what another lends, which has its own again at once', async () => {
  const peers = new Map<string, PriorityLevel>();
  const lender = makeLevel('lender', QUEUE, { nominal: 2, lendable: 1 }, peers);
  const borrower = makeLevel('borrower', QUEUE, { nominal: 1 }, peers);
  const seats = [borrower.tryEnter(), borrower.tryEnter(), borrower.tryEnter()];
  assert.deepEqual(
    seats.map((seat) => seat !== undefined),
    [true, true, false],
  );
  assert.equal(borrower.currentLimit, 2);
  const own = [lender.tryEnter(), lender.tryEnter()];
  assert.ok(own.every(Boolean));
  const waiting = borrower.wait({ flow: 'f', maxWaitMs: 60_000, signal: new AbortController().signal });
  for (const seat of own) if (seat) lender.leave(seat, 1);
  borrower.leave(seats[0] as Seat, 1);
  assert.equal(typeof (await waiting), 'object');
});

const USER = { username: 'ann', groups: ['team'] };

async function putLevel(server: TestServer, name: string, limitResponse: object): Promise<void> {
  const spec = { type: 'Limited', limited: { nominalConcurrencyShares: 0, limitResponse, borrowingLimitPercent: 0 } };
  const { status, text } = await server.ask('POST', `${FLOW}/prioritylevelconfigurations`, {
    metadata: { name },
    spec,
  });
  assert.equal(status, 201, text);
}

const schemaFor = (level: string) => ({
  metadata: { name: 'ann' },
  spec: {
    priorityLevelConfiguration: { name: level },
    matchingPrecedence: 700,
    rules: [
      {
        subjects: [{ kind: 'User', user: { name: 'ann' } }],
        nonResourceRules: [{ verbs: ['get'], nonResourceURLs: ['/version'] }],
      },
    ],
  },
});

test('a level without seats sends away with 429, Retry-After and the names of who said so', async () => {
  const server = await startTestServer();
  const ask = () => server.ask('GET', '/version', undefined, { user: USER });
  const before = await ask();
  assert.equal(before.status, 200);
  assert.ok(before.headers['x-kubernetes-pf-flowschema-uid']);
  await putLevel(server, 'none', { type: 'Reject' });
  const created = await server.ask('POST', `${FLOW}/flowschemas`, schemaFor('none'));
  assert.equal(created.status, 201, created.text);
  assert.equal(created.headers['warning'], undefined);
  const level = await server.ask('GET', `${FLOW}/prioritylevelconfigurations/none`);
  const refused = await ask();
  assert.equal(refused.status, 429);
  assert.equal(refused.headers['retry-after'], '1');
  assert.equal(refused.text, 'Too many requests, please try again later.\n');
  assert.equal(refused.headers['x-kubernetes-pf-flowschema-uid'], created.body.metadata.uid);
  assert.equal(refused.headers['x-kubernetes-pf-prioritylevel-uid'], level.body.metadata.uid);
  const metrics = (await server.ask('GET', '/metrics')).text;
  assert.match(
    metrics,
    /apiserver_flowcontrol_rejected_requests_total\{priority_level="none",flow_schema="ann",reason="concurrency-limit"\} 1/,
  );
  assert.match(metrics, /apiserver_flowcontrol_nominal_limit_seats\{priority_level="workload-low"\} 245/);
  await server.ask('DELETE', `${FLOW}/flowschemas/ann`);
  assert.equal((await ask()).status, 200, 'the change counts at once');
  await server.close();
});

test('a schema without its level speaks of nothing, and its status says so', async () => {
  const server = await startTestServer();
  const watch = await server.watch(`${FLOW}/flowschemas?watch=1&fieldSelector=metadata.name%3Dann&resourceVersion=0`);
  await server.ask('POST', `${FLOW}/flowschemas`, schemaFor('later'));
  const dangling = async (wanted: string): Promise<void> => {
    for (;;) {
      const event = await watch.next();
      const condition = event?.object.status.conditions?.[0];
      if (condition?.status === wanted) return assert.equal(condition.reason, wanted === 'True' ? 'NotFound' : 'Found');
    }
  };
  await dangling('True');
  assert.equal((await server.ask('GET', '/version', undefined, { user: USER })).status, 200);
  await putLevel(server, 'later', { type: 'Reject' });
  await dangling('False');
  assert.equal((await server.ask('GET', '/version', undefined, { user: USER })).status, 429);
  watch.close();
  await server.close();
});

test('what every cluster has comes back, as it is to be, unless an administrator keeps it', async () => {
  const server = await startTestServer();
  const path = `${FLOW}/prioritylevelconfigurations`;
  const { body } = await server.ask('GET', path);
  assert.equal(body.items.length, 8);
  const watch = await server.watch(`${path}?watch=1&resourceVersion=${body.metadata.resourceVersion}`);
  const headers = { 'content-type': 'application/merge-patch+json' };
  const shares = (value: number) => ({ spec: { limited: { nominalConcurrencyShares: value } } });
  const keep = { metadata: { annotations: { 'apf.kubernetes.io/autoupdate-spec': 'false' } } };
  await server.ask('PATCH', `${path}/system`, { ...keep, ...shares(7) }, { headers });
  await server.ask('PATCH', `${path}/workload-low`, shares(7), { headers });
  await server.ask('DELETE', `${path}/catch-all`);
  const last = new Map<string, string>();
  while (last.get('catch-all') !== 'ADDED' || last.get('workload-low') !== 'MODIFIED 100') {
    const event = await watch.next();
    const { name } = event?.object.metadata ?? {};
    const after = event?.type === 'MODIFIED' ? ` ${event.object.spec.limited.nominalConcurrencyShares}` : '';
    last.set(name, `${event?.type}${after}`);
  }
  assert.equal(last.get('system'), 'MODIFIED 7');
  watch.close();
  await server.close();
});
