import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { NodeStatus } from '@mkube/api';
import { nodeEventsBetween } from './node-events.ts';

const statusOf = (conditions: Record<string, 'True' | 'False'>, bootID = 'b1'): NodeStatus =>
  ({
    conditions: Object.entries(conditions).map(([type, status]) => ({ type, status })),
    nodeInfo: { bootID },
  }) as NodeStatus;
const told = (before: NodeStatus | undefined, after: NodeStatus): string[] =>
  nodeEventsBetween('n1', before, after).map(({ type, reason, message }) => `${type} ${reason} ${message}`);

describe('events of a node', () => {
  const fine = statusOf({ MemoryPressure: 'False', DiskPressure: 'False', PIDPressure: 'False', Ready: 'True' });

  it('tell all of a node that is new', () => {
    assert.deepEqual(told(undefined, fine), [
      'Normal NodeHasSufficientMemory Node n1 status is now: NodeHasSufficientMemory',
      'Normal NodeHasNoDiskPressure Node n1 status is now: NodeHasNoDiskPressure',
      'Normal NodeHasSufficientPID Node n1 status is now: NodeHasSufficientPID',
      'Normal NodeReady Node n1 status is now: NodeReady',
    ]);
  });

  it('tell what changed, and nothing else', () => {
    assert.deepEqual(told(fine, fine), []);
    const worse = statusOf({ MemoryPressure: 'True', DiskPressure: 'True', PIDPressure: 'True', Ready: 'False' });
    assert.deepEqual(
      nodeEventsBetween('n1', fine, worse).map(({ reason }) => reason),
      ['NodeHasInsufficientMemory', 'NodeHasDiskPressure', 'NodeHasInsufficientPID', 'NodeNotReady'],
    );
  });

  it('tell that the machine was started anew', () => {
    const again = statusOf({ Ready: 'True' }, 'b2');
    assert.deepEqual(told(fine, again), ['Warning Rebooted Node n1 has been rebooted, boot id: b2']);
  });
});
