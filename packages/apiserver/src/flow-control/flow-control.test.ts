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
import { RetryAfter } from './retry-after.ts';
import { seatsOf } from './seats.ts';
import { widthOf } from './width.ts';

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
  const join = (flow: string) => assert.ok(queues.join({ flow, width: 1 }, () => order.push(flow)));
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
  const second = level.wait({ flow: 'f', width: 1, maxWaitMs: 60_000, signal });
  assert.equal(await level.wait({ flow: 'f', width: 1, maxWaitMs: 60_000, signal }), 'queue-full');
  level.leave(seat, 1);
  const taken = await second;
  assert.ok(typeof taken === 'object');
  assert.equal(await level.wait({ flow: 'f', width: 1, maxWaitMs: 1, signal }), 'time-out');
  const gone = new AbortController();
  const third = level.wait({ flow: 'f', width: 1, maxWaitMs: 60_000, signal: gone.signal });
  gone.abort();
  assert.equal(await third, 'cancelled');
  level.leave(taken as Seat, 1);
  assert.equal(level.executing, 0);
  assert.equal(level.waiting, 0);
  assert.ok(level.tryEnter());
  assert.equal(
    await makeLevel('r', { type: 'Reject' }, { nominal: 0 }).wait({ flow: 'f', width: 1, maxWaitMs: 1, signal }),
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
  const waiting = borrower.wait({ flow: 'f', width: 1, maxWaitMs: 60_000, signal: new AbortController().signal });
  for (const seat of own) if (seat) lender.leave(seat, 1);
  borrower.leave(seats[0] as Seat, 1);
  assert.equal(typeof (await waiting), 'object');
});

test('a wide request waits until there is room for it, and those behind it wait too', async () => {
  const queuing = { queues: 1, handSize: 1, queueLengthLimit: 9 };
  const level = makeLevel('l', { type: 'Queue', queuing }, { nominal: 3 });
  const signal = new AbortController().signal;
  const order: string[] = [];
  const wait = async (flow: string, width: number) => {
    const seat = await level.wait({ flow, width, maxWaitMs: 60_000, signal });
    order.push(flow);
    return seat as Seat;
  };
  const first = [level.tryEnter(1), level.tryEnter(1)];
  assert.equal(level.tryEnter(2), undefined);
  const wide = wait('wide', 2);
  const narrow = wait('narrow', 1);
  assert.equal(level.tryEnter(1), undefined, 'there is one seat left, and somebody in line');
  assert.deepEqual(
    [...level.queues()].map(({ waiting }) => waiting.map(({ width }) => width)),
    [[2, 1]],
  );
  level.leave(first[0] as Seat, 1);
  const seat = await wide;
  assert.equal(level.executing, 3);
  level.leave(seat, 1);
  level.leave(await narrow, 1);
  level.leave(first[1] as Seat, 1);
  assert.deepEqual([order, level.executing], [['wide', 'narrow'], 0]);
  const alone = level.tryEnter(9);
  assert.ok(alone, 'what is wider than the level goes when it is alone');
  assert.equal(level.tryEnter(), undefined);
});

test('a list takes seats by what it is estimated to weigh, a watch where it begins with one', () => {
  const weight = { objects: 5000, averageBytes: 4000 };
  const width = (url: string, weighed = weight, most = 100) => {
    const [path = '', query] = url.split('?');
    const parameters = new URLSearchParams(query);
    const info = parseRequestInfo('GET', path, parameters);
    assert.equal(info.type, 'resource');
    return info.type === 'resource' ? widthOf(info, parameters, { weighed: () => weighed, most }) : 0;
  };
  const pods = '/api/v1/pods';
  assert.equal(width(pods), 10);
  assert.equal(width(pods, weight, 7), 7);
  assert.equal(width(`${pods}?limit=100`), 4);
  assert.equal(width(pods, { objects: 3, averageBytes: 4000 }), 1);
  assert.equal(width(`${pods}?fieldSelector=spec.nodeName%3Da,metadata.name%3Db`), 1);
  assert.equal(width('/api/v1/namespaces/x/pods/y'), 1);
  assert.equal(width(`${pods}?watch=1`), 10);
  assert.equal(width(`${pods}?watch=1&resourceVersion=5`), 1);
  assert.equal(width(`${pods}?watch=1&resourceVersion=5&sendInitialEvents=true`), 10);
});

test('the more are sent away, the later they are told to come again', () => {
  const retry = new RetryAfter();
  const refuse = (second: number, times: number) => {
    for (let i = 0; i < times; i++) retry.refuse(new Date(second * 1000));
    return retry.seconds;
  };
  assert.equal(refuse(1000, 3), 1);
  assert.equal(refuse(1001, 6), 2, 'three in the last second');
  assert.equal(refuse(1002, 1), 2, 'doubled a second ago');
  assert.equal(refuse(1003, 12), 4);
  assert.equal(refuse(1100, 1), 3, 'few of late');
  for (let second = 1200; second < 1400; second++) refuse(second, 100);
  assert.equal(retry.seconds, 32);
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
  const dumped = await server.ask('GET', '/debug/api_priority_and_fairness/dump_priority_levels');
  const [heading, ...rows] = dumped.text
    .trimEnd()
    .split('\n')
    .map((line) => line.split(/, +/));
  assert.equal(heading?.[7], 'RejectedRequests');
  assert.equal(rows.find(([name]) => name === 'none')?.[7], '1');
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

test('who waits, and who is worked on, can be looked at', async () => {
  const server = await startTestServer();
  await putLevel(server, 'narrow', { type: 'Queue', queuing: { queues: 2, handSize: 1, queueLengthLimit: 2 } });
  await server.ask('POST', `${FLOW}/flowschemas`, schemaFor('narrow'));
  const gone = new AbortController();
  const waiting = server.ask('GET', '/version', undefined, { user: USER, signal: gone.signal });
  const dump = async (what: string): Promise<string[][]> => {
    const { text } = await server.ask('GET', `/debug/api_priority_and_fairness/${what}`);
    return text
      .trimEnd()
      .split('\n')
      .map((line) => line.split(/, +/));
  };
  const rows = await dump('dump_requests?includeRequestDetails=1');
  const row = rows.find(([level]) => level === 'narrow') ?? [];
  assert.deepEqual([row[1], row[3], row[6], row[10], row[11], row[12]], ['ann', '0', '1', 'ann', 'get', '/version']);
  const queues = (await dump('dump_queues')).filter(([level]) => level === 'narrow');
  assert.deepEqual(new Set(queues.map(([, , pending]) => pending)), new Set(['0', '1']));
  gone.abort();
  assert.equal((await waiting).status, 429);
  assert.equal((await server.ask('GET', '/debug/api_priority_and_fairness/dump_nothing')).status, 404);
  assert.equal(
    (await server.ask('GET', '/debug/api_priority_and_fairness/dump_queues', undefined, { user: USER })).status,
    403,
  );
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
