import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Node, Pod } from '@mkube/api';
import { firstServiceAddress } from '../kubernetes/plan.ts';
import { namespaceConditions } from '../namespace/plan.ts';
import { planPodGc } from './plan.ts';

const pod = (name: string, { node = 'n', phase = 'Running', going = false, created = name } = {}): Pod =>
  ({
    metadata: { name, creationTimestamp: created, ...(going && { deletionTimestamp: 't' }) },
    spec: node ? { nodeName: node } : {},
    status: { phase },
  }) as unknown as Pod;
const collect = (
  pods: Pod[],
  { threshold = 0, vanished = [] as string[], node = undefined as Node | undefined } = {},
) =>
  planPodGc({ pods, threshold, vanished: new Set(vanished), nodeOf: () => node }).map(
    ({ pod: p, message }) => `${p.metadata.name}${message ? ': gone' : ''}`,
  );

describe('pods that nobody else clears away', () => {
  it('are the oldest of too many that have ended', () => {
    const ended = ['c', 'a', 'b'].map((name) => pod(name, { phase: 'Succeeded' }));
    assert.deepEqual(collect([...ended, pod('runs')], { threshold: 1 }), ['a', 'b']);
    assert.deepEqual(collect(ended, { threshold: 3 }), []);
    assert.deepEqual(collect(ended), []);
  });

  it('are those of nodes that are gone', () =>
    assert.deepEqual(collect([pod('a', { node: 'x' }), pod('b')], { vanished: ['x'] }), ['a: gone']));

  it('are those that go and never had a node', () =>
    assert.deepEqual(collect([pod('a', { node: '', going: true }), pod('b', { node: '' })]), ['a']));

  it('are those that go on a node that is out of service', () => {
    const node = (ready: string) =>
      ({
        spec: { taints: [{ key: 'node.kubernetes.io/out-of-service', effect: 'NoExecute' }] },
        status: { conditions: [{ type: 'Ready', status: ready }] },
      }) as unknown as Node;
    assert.deepEqual(collect([pod('a', { going: true }), pod('b')], { node: node('Unknown') }), ['a']);
    assert.deepEqual(collect([pod('a', { going: true })], { node: node('True') }), []);
  });
});

describe('the address of default/kubernetes', () => {
  it('is the first of the range', () => {
    assert.deepEqual(['10.96.0.0/16', '192.168.255.255/32', '10.0.0.255/8'].map(firstServiceAddress), [
      '10.96.0.1',
      '192.169.0.0',
      '10.0.1.0',
    ]);
    assert.throws(() => firstServiceAddress('fd00::/108'), /is no IPv4 range/);
  });
});

describe('the conditions of a namespace that is going', () => {
  it('say what is left and what it waits for, and keep their times', () => {
    const remains = {
      discovery: [],
      deletion: ['a'],
      left: new Map([['pods.', 2]]),
      finalizers: new Map([['f/x', 1]]),
    };
    const old = { type: 'NamespaceContentRemaining', status: 'True', lastTransitionTime: 'then' };
    const conditions = namespaceConditions(
      { status: { conditions: [old] } } as never,
      remains,
      new Date('2025-01-01T00:00:00Z'),
    );
    assert.deepEqual(
      conditions.map(({ status, reason }) => `${status} ${reason}`),
      [
        'False ResourcesDiscovered',
        'False ParsedGroupVersions',
        'True ContentDeletionFailed',
        'True SomeResourcesRemain',
        'True SomeFinalizersRemain',
      ],
    );
    assert.equal(conditions[3]?.message, 'Some resources are remaining: pods. has 2 resource instances');
    assert.equal(conditions[3]?.lastTransitionTime, 'then');
  });
});
