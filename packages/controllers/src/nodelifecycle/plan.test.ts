import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Node, Pod, Taint } from '@mkube/api';
import { createManualClock } from '@mkube/client';
import { defaultFlags } from '../flags.ts';
import { evictionTime } from '../tainteviction/plan.ts';
import { observeHealth, plannedTaints, silentConditions } from './plan.ts';
import { Zones, evictionRate, zoneStateOf } from './zones.ts';

const now = new Date('2025-01-01T12:00:00Z');
const node = (ready: string | undefined, spec: object = {}, zone?: string): Node =>
  ({
    metadata: {
      name: 'n',
      creationTimestamp: '2025-01-01T11:59:30Z',
      labels: zone ? { 'topology.kubernetes.io/zone': zone } : {},
    },
    spec,
    status: { conditions: ready ? [{ type: 'Ready', status: ready, lastHeartbeatTime: 'then' }] : [] },
  }) as unknown as Node;
const later = (seconds: number) => new Date(now.getTime() + seconds * 1000);

describe('silence', () => {
  const renewed = (renewTime: string) => ({ spec: { renewTime } }) as never;
  const silent = (of: Node, seconds: number) => {
    const health = observeHealth({ node: of, lease: undefined, before: undefined, now, monotonic: 0 });
    const times = { now: later(seconds), monotonic: seconds * 1000 };
    return silentConditions(of, health, { ...times, flags: defaultFlags })?.map(
      ({ type, status, reason }) => `${type} ${status} ${reason}`,
    );
  };

  it('is borne for the grace period and no longer', () => {
    assert.equal(silent(node('True'), 50), undefined);
    assert.deepEqual(silent(node('True'), 51)?.[0], 'Ready Unknown NodeStatusUnknown');
    assert.equal(silent(node('True'), 51)?.length, 4);
  });

  it('of a node that never spoke is counted from its creation', () => {
    assert.equal(silent(node(undefined), 30), undefined);
    assert.deepEqual(silent(node(undefined), 31)?.[0], 'Ready Unknown NodeStatusNeverUpdated');
  });

  it('ends with a renewed lease or a new heartbeat', () => {
    const before = observeHealth({ node: node('True'), lease: renewed('1'), before: undefined, now, monotonic: 7 });
    const times = { now: later(40), monotonic: 40_007 };
    const at = (lease: never, of = node('True')) => observeHealth({ node: of, lease, before, ...times }).seenAt;
    assert.equal(at(renewed('1')), 7);
    assert.equal(at(renewed('2')), 40_007);
    const beating = node('True');
    const conditions = [{ type: 'Ready', status: 'True', lastHeartbeatTime: 'now' }];
    assert.equal(at(renewed('1'), { ...beating, status: { conditions } } as unknown as Node), 40_007);
  });

  it('is not what an hour is that somebody set the clock on by, or that the machine slept', () => {
    const health = observeHealth({ node: node('True'), lease: undefined, before: undefined, now, monotonic: 0 });
    const times = { now: later(3600), monotonic: 1000 };
    assert.equal(silentConditions(node('True'), health, { ...times, flags: defaultFlags }), undefined);
  });
});

describe('taints', () => {
  const keep: Taint = { key: 'mine', effect: 'NoExecute' };
  const noSchedule: Taint = { key: 'node.kubernetes.io/unreachable', effect: 'NoSchedule', timeAdded: 't' };
  const rows: [string, Node, 'may' | 'must not' | 'wait', string[]][] = [
    ['a ready node has none of ours', node('True', { taints: [keep, noSchedule] }), 'may', ['mine:NoExecute']],
    ['a node that is not ready', node('False'), 'may', ['not-ready:NoSchedule', 'not-ready:NoExecute']],
    ['an unknown one, before its turn', node('Unknown'), 'wait', ['unreachable:NoSchedule']],
    [
      'an unknown one in a general failure',
      node('Unknown', { taints: [{ ...noSchedule, effect: 'NoExecute' }] }),
      'must not',
      ['unreachable:NoSchedule'],
    ],
    [
      'one that turns from not ready to unknown',
      node('Unknown', { taints: [{ key: 'node.kubernetes.io/not-ready', effect: 'NoExecute' }] }),
      'wait',
      ['unreachable:NoSchedule', 'unreachable:NoExecute'],
    ],
    ['a cordoned one', node('True', { unschedulable: true }), 'may', ['unschedulable:NoSchedule']],
  ];
  for (const [what, of, eviction, taints] of rows) {
    it(what, () => {
      const planned = plannedTaints(of, { eviction, now })?.map(
        ({ key, effect }) => `${key.replace('node.kubernetes.io/', '')}:${effect}`,
      );
      assert.deepEqual(planned, taints);
    });
  }

  it('are left alone when they are right', () => {
    const right = node('Unknown', { taints: [noSchedule] });
    assert.equal(plannedTaints(right, { eviction: 'wait', now }), undefined);
  });
});

describe('zones', () => {
  const nodes = (well: number, ill: number) => [
    ...Array.from({ length: well }, () => node('True')),
    ...Array.from({ length: ill }, () => node('Unknown')),
  ];

  it('are disrupted by many ill nodes or by all', () => {
    const states = [
      [1, 1],
      [1, 2],
      [2, 3],
      [0, 1],
      [0, 5],
      [5, 4],
    ].map(([well = 0, ill = 0]) => zoneStateOf(nodes(well, ill), defaultFlags));
    assert.deepEqual(states, ['Normal', 'Normal', 'PartialDisruption', 'FullDisruption', 'FullDisruption', 'Normal']);
  });

  it('evict slowly when they are large and not at all when they are small', () => {
    assert.equal(evictionRate('Normal', 5, defaultFlags), 0.1);
    assert.equal(evictionRate('PartialDisruption', 5, defaultFlags), 0);
    assert.equal(evictionRate('PartialDisruption', 60, defaultFlags), 0.01);
  });

  it('let one node go in ten seconds', () => {
    const clock = createManualClock();
    const zones = new Zones(clock, defaultFlags);
    zones.observe(nodes(4, 2));
    const ill = node('Unknown');
    assert.deepEqual([zones.mayEvict(ill), zones.mayEvict(ill)], [true, false]);
    clock.advance(10_000);
    assert.equal(zones.mayEvict(ill), true);
  });

  it('evict nothing while nothing is in view, and say when something is again', () => {
    const zones = new Zones(createManualClock(), defaultFlags);
    assert.equal(zones.observe(nodes(0, 2)), false);
    assert.equal(zones.mayEvict(node('Unknown')), false);
    assert.equal(zones.observe(nodes(1, 1)), true);
  });
});

describe('the time at which a pod has to leave', () => {
  const taint: Taint = { key: 'k', effect: 'NoExecute', timeAdded: '2025-01-01T11:59:00Z' };
  const pod = (...tolerations: object[]): Pod => ({ spec: { tolerations } }) as unknown as Pod;
  const time = (p: Pod, taints = [taint]) => evictionTime(p, taints, now);
  const forSeconds = (tolerationSeconds: number) => ({ key: 'k', operator: 'Exists', tolerationSeconds });

  it('is now where the taint is not tolerated, never where it always is, and else counted from the taint', () => {
    assert.equal(time(pod()), now.getTime());
    assert.equal(time(pod({ operator: 'Exists' })), undefined);
    assert.equal(time(pod(forSeconds(90))), later(30).getTime());
    assert.equal(time(pod(forSeconds(90)), [taint, { key: 'other', effect: 'NoExecute' }]), now.getTime());
    assert.equal(time(pod(), []), undefined);
  });
});
