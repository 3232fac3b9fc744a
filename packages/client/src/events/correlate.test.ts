import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Event } from '@mkube/api';
import { createManualClock } from '../clock.ts';
import { EventCorrelator } from './correlate.ts';

const event = (message: string, name = 'web'): Event => ({
  kind: 'Event',
  apiVersion: 'v1',
  metadata: { name: `${name}.1`, namespace: 'default', uid: '', resourceVersion: '', creationTimestamp: '' },
  involvedObject: { kind: 'Pod', name, namespace: 'default' },
  type: 'Normal',
  reason: 'Pulled',
  message,
  source: { component: 'kubelet' },
  count: 1,
  reportingComponent: 'kubelet',
  reportingInstance: '',
});

function correlate(correlator: EventCorrelator, given: Event) {
  const result = correlator.correlate(given);
  if (result.action !== 'drop') result.remember(result.event);
  return result;
}

describe('correlating events', () => {
  it('counts what is the same', () => {
    const correlator = new EventCorrelator(createManualClock());
    const results = ['a', 'a', 'a'].map((message) => correlate(correlator, event(message)));
    assert.deepEqual(
      results.map((r) => [r.action, r.action !== 'drop' && r.event.count]),
      [
        ['create', 1],
        ['patch', 2],
        ['patch', 3],
      ],
    );
  });

  it('combines the tenth different message of the same reason', () => {
    const correlator = new EventCorrelator(createManualClock());
    const results = Array.from({ length: 11 }, (_, i) => correlate(correlator, event(`message ${i}`)));
    const last = results.slice(8).map((r) => (r.action === 'drop' ? '' : `${r.action} ${r.event.message}`));
    assert.deepEqual(last, [
      'create message 8',
      'create (combined from similar events): message 9',
      'patch (combined from similar events): message 10',
    ]);
  });

  it('cuts off a source that floods one object, and lets others through', () => {
    const clock = createManualClock();
    const correlator = new EventCorrelator(clock);
    const flood = Array.from({ length: 26 }, () => correlate(correlator, event('again')).action);
    assert.deepEqual([flood[24], flood[25]], ['patch', 'drop']);
    assert.equal(correlate(correlator, event('again', 'other')).action, 'create');
    clock.advance(300_000);
    assert.equal(correlate(correlator, event('again')).action, 'patch');
  });
});
