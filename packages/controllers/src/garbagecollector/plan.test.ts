import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { KubernetesObject } from '@mkube/apimachinery';
import { type Entry, OwnerGraph } from './graph.ts';
import { type OwnerState, blockersOf, verdictOn } from './plan.ts';

const ref = { group: '', version: 'v1', resource: 'configmaps', kind: 'ConfigMap', namespaced: true };
const owner = (uid: string, blockOwnerDeletion = false) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  name: uid,
  uid,
  blockOwnerDeletion,
});
const object = (uid: string, owners: string[] = [], rest: object = {}): KubernetesObject =>
  ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: uid, namespace: 'default', uid, ownerReferences: owners.map((o) => owner(o)), ...rest },
  }) as unknown as KubernetesObject;
const entry = (rest: Partial<Entry> = {}): Entry => ({
  ref,
  name: 'x',
  namespace: 'd',
  uid: 'x',
  owners: [],
  deleting: false,
  waitsForDependents: false,
  orphans: false,
  ...rest,
});

describe('what becomes of an object', () => {
  const verdict = (states: OwnerState[], { dependents = [] as Entry[], finalizers = [] as string[] } = {}) => {
    const v = verdictOn({
      findings: states.map((state, i) => ({ owner: owner(`o${i}`), state })),
      dependents,
      finalizers,
    });
    return v.action === 'delete'
      ? `${v.policy}${v.unblock ? ' unblocking' : ''}`
      : v.action === 'disown'
        ? `disown ${v.uids.join()}`
        : v.action;
  };
  const rows: [string, OwnerState[], { dependents?: Entry[]; finalizers?: string[] }, string][] = [
    ['whose owner is there', ['solid'], {}, 'keep'],
    ['that has lost one of two', ['solid', 'dangling'], {}, 'disown o1'],
    ['one of whose owners is going', ['solid', 'waiting'], {}, 'disown o1'],
    ['that has lost its only owner', ['dangling'], {}, 'Background'],
    ['whose owner waits for it', ['waiting'], {}, 'Background'],
    ['whose owner waits for it and for what it owns', ['waiting'], { dependents: [entry()] }, 'Foreground'],
    [
      'in a circle of waiting ones',
      ['waiting'],
      { dependents: [entry({ waitsForDependents: true })] },
      'Foreground unblocking',
    ],
    ['that was to leave orphans', ['dangling'], { finalizers: ['orphan'] }, 'Orphan'],
    ['that was to go in the foreground', ['dangling'], { finalizers: ['foregroundDeletion'] }, 'Foreground'],
  ];
  for (const [what, states, facts, expected] of rows) it(what, () => assert.equal(verdict(states, facts), expected));

  it('is waited for only where it says so', () => {
    const dependents = [
      entry({ uid: 'a', owners: [owner('o', true)] }),
      entry({ uid: 'b', owners: [owner('o')] }),
      entry({ uid: 'c', owners: [owner('p', true)] }),
    ];
    assert.deepEqual(
      blockersOf('o', dependents).map(({ uid }) => uid),
      ['a'],
    );
  });
});

describe('the graph of owners', () => {
  it('knows dependents before and after their owner, and forgets owners that are no longer named', () => {
    const graph = new OwnerGraph();
    graph.set(ref, object('child', ['a', 'b']));
    assert.deepEqual(
      graph.dependentsOf('a').map(({ uid }) => uid),
      ['child'],
    );
    graph.set(ref, object('a'));
    graph.set(ref, object('child', ['b']));
    assert.deepEqual([graph.dependentsOf('a').length, graph.dependentsOf('b').length], [0, 1]);
    graph.delete('child');
    assert.deepEqual([graph.dependentsOf('b').length, graph.get('child')], [0, undefined]);
  });

  it('tells how an object is going', () => {
    const graph = new OwnerGraph();
    const going = (finalizer: string) =>
      graph.set(ref, object('x', [], { deletionTimestamp: 't', finalizers: [finalizer] }));
    assert.deepEqual(
      [going('foregroundDeletion').waitsForDependents, going('orphan').orphans, going('other').deleting],
      [true, true, true],
    );
  });
});
