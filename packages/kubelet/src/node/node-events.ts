/** What happened to the node between two of its statuses, in the words of its events. Pure. */
import type { NodeStatus } from '@mkube/api';
import type { EventType } from '../events.ts';

export interface NodeEvent {
  type: EventType;
  reason: string;
  message: string;
}

/** By condition: its event where it is True, and where it is not. */
const EVENTS: Record<string, [whenTrue: string, otherwise: string]> = {
  MemoryPressure: ['NodeHasInsufficientMemory', 'NodeHasSufficientMemory'],
  DiskPressure: ['NodeHasDiskPressure', 'NodeHasNoDiskPressure'],
  PIDPressure: ['NodeHasInsufficientPID', 'NodeHasSufficientPID'],
  Ready: ['NodeReady', 'NodeNotReady'],
};

export function nodeEventsBetween(nodeName: string, before: NodeStatus | undefined, after: NodeStatus): NodeEvent[] {
  const reboot = rebootOf(nodeName, before, after);
  const changes = (after.conditions ?? []).flatMap(({ type, status }) => {
    const last = before?.conditions?.find((condition) => condition.type === type);
    const reasons = EVENTS[type];
    if (!reasons || last?.status === status) return [];
    const reason = status === 'True' ? reasons[0] : reasons[1];
    return [{ type: 'Normal' as const, reason, message: `Node ${nodeName} status is now: ${reason}` }];
  });
  return [...reboot, ...changes];
}

function rebootOf(nodeName: string, before: NodeStatus | undefined, after: NodeStatus): NodeEvent[] {
  const [old, now] = [before?.nodeInfo?.bootID, after.nodeInfo?.bootID];
  if (!old || !now || old === now) return [];
  return [{ type: 'Warning', reason: 'Rebooted', message: `Node ${nodeName} has been rebooted, boot id: ${now}` }];
}
