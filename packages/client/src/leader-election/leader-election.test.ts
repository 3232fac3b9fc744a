import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Client } from '../client.ts';
import { createClient } from '../create-client.ts';
import { inProcessTransport } from '../in-process-transport.ts';
import { type TestApi, eventually, openApi } from '../testing/api.test.ts';
import type { Transport } from '../transport.ts';
import { runLeaderElection } from './leader-election.ts';

describe('leader election', () => {
  let api: TestApi;
  let client: Client;
  before(async () => {
    api = await openApi();
    client = newClient();
  });
  const candidates: { stop(): void; running: Promise<void> }[] = [];
  after(async () => {
    for (const candidate of candidates) candidate.stop();
    await Promise.all(candidates.map(({ running }) => running));
    await api.close();
  });
  const newClient = (through: (transport: Transport) => Transport = (t) => t) =>
    createClient(through(inProcessTransport(api.handle, { username: 'admin', groups: ['system:masters'] })));

  /** Stands for election with short times; notes when it leads. */
  function stand(name: string, identity: string, own = client) {
    const stop = new AbortController();
    const seen = { leading: false, terms: 0 };
    const lead = async (signal: AbortSignal) => {
      seen.leading = true;
      seen.terms++;
      await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
      seen.leading = false;
    };
    const lease = { name, namespace: 'kube-system' };
    const times = { leaseDurationMs: 400, renewDeadlineMs: 250, retryPeriodMs: 30 };
    const running = runLeaderElection({ client: own, lease, identity, lead, signal: stop.signal, ...times });
    const candidate = { seen, stop: () => stop.abort(), running };
    candidates.push(candidate);
    return candidate;
  }

  it('has one leader at a time, and another as soon as that gives up', async () => {
    const [a, b] = [stand('handover', 'a'), stand('handover', 'b')];
    const leader = await eventually('one leads', () => [a, b].find(({ seen }) => seen.leading));
    const other = leader === a ? b : a;
    assert.equal(other.seen.leading, false);
    leader.stop();
    await leader.running;
    await eventually('the other leads', () => other.seen.leading, 300);
    const { spec } = await client.leases.get({ name: 'handover', namespace: 'kube-system' });
    assert.equal(spec.leaseTransitions, 1);
    other.stop();
    await other.running;
  });

  it('ends a term whose lease cannot be renewed before anyone else begins one', async () => {
    let isCut = false;
    const cutOff = newClient((inner) => ({
      ...inner,
      request: (request) => (isCut ? Promise.reject(new Error('cut')) : inner.request(request)),
    }));
    const a = stand('cut', 'a', cutOff);
    await eventually('a leads', () => a.seen.leading);
    const b = stand('cut', 'b');
    isCut = true;
    await eventually('b leads', () => {
      assert.ok(!(a.seen.leading && b.seen.leading), 'two lead');
      return b.seen.leading;
    });
    isCut = false;
    b.stop();
    await b.running;
    await eventually('a leads again', () => a.seen.leading);
    assert.equal(a.seen.terms, 2);
    a.stop();
    await a.running;
  });
});
