/**
 * /debug/api_priority_and_fairness/dump_…: priority levels, their queues, and requests that wait or are worked on for more than a
 * turn, as tables whose columns Kubernetes' administrators know.
 */
import { formatDuration } from '@mkube/apimachinery';
import { textResponse } from '../encode/respond.ts';
import type { PathHandler } from '../paths.ts';
import type { FlowControl, FlowDump } from './flow-control.ts';
import type { QueueDump, Waiter } from './fair-queues.ts';
import type { PriorityLevel } from './priority-level.ts';

const PATH = '/debug/api_priority_and_fairness/';

export const dumpHandler =
  (flowControl: FlowControl): PathHandler =>
  ({ path, query }) => {
    if (!path.startsWith(PATH)) return undefined;
    switch (path.slice(PATH.length)) {
      case 'dump_priority_levels':
        return table([LEVELS, ...byName(flowControl).map((level) => levelRow(level, flowControl))]);
      case 'dump_queues':
        return table([QUEUES, ...byName(flowControl).flatMap(queueRows)]);
      case 'dump_requests':
        return table(requestRows(flowControl, (query.get('includeRequestDetails') ?? '') !== ''));
      default:
        return undefined;
    }
  };

const byName = ({ levels }: FlowControl): PriorityLevel[] => [...levels].toSorted((a, b) => (a.name < b.name ? -1 : 1));

const LEVELS = [
  'PriorityLevelName',
  'ActiveQueues',
  'IsIdle',
  'IsQuiescing',
  'WaitingRequests',
  'ExecutingRequests',
  'DispatchedRequests',
  'RejectedRequests',
  'TimedoutRequests',
  'CancelledRequests',
];

/** A level that is no more has no name here: none is quiescing. */
function levelRow(level: PriorityLevel, { counts }: FlowControl): string[] {
  const own = [...counts].filter(({ labels }) => labels.priority_level === level.name);
  const sum = (value: (of: (typeof own)[number]) => number): number => own.reduce((all, of) => all + value(of), 0);
  const executing = sum((of) => of.executing);
  const active = [...level.queues()].filter(({ waiting }) => waiting.length > 0).length;
  const numbers = [
    level.waiting,
    executing,
    sum((of) => of.dispatched),
    sum(({ rejected }) => (rejected.get('queue-full') ?? 0) + (rejected.get('concurrency-limit') ?? 0)),
    sum(({ rejected }) => rejected.get('time-out') ?? 0),
    sum(({ rejected }) => rejected.get('cancelled') ?? 0),
  ];
  return [level.name, String(active), String(executing + level.waiting === 0), 'false', ...numbers.map(String)];
}

const QUEUES = [
  'PriorityLevelName',
  'Index',
  'PendingRequests',
  'ExecutingRequests',
  'SeatsInUse',
  'NextDispatchR',
  'InitialSeatsSum',
  'MaxSeatsSum',
  'TotalWorkSum',
];

const queueRows = (level: PriorityLevel): string[][] =>
  [...level.queues()].map(({ index, waiting, executing, seats, due }: QueueDump) => {
    const wanted = waiting.reduce((sum, { width }) => sum + width, 0);
    const numbers = [index, waiting.length, executing, seats].map(String);
    return [level.name, ...numbers, seatSeconds(due / 1000), String(wanted), String(wanted), seatSeconds(0)];
  });

const seatSeconds = (seconds: number): string => `${seconds.toFixed(8)}ss`;

const REQUESTS = [
  'PriorityLevelName',
  'FlowSchemaName',
  'QueueIndex',
  'RequestIndexInQueue',
  'FlowDistingsher',
  'ArriveTime',
  'InitialSeats',
  'FinalSeats',
  'AdditionalLatency',
  'StartTime',
];
const DETAILS = ['UserName', 'Verb', 'APIPath', 'Namespace', 'Name', 'APIVersion', 'Resource', 'SubResource'];

function requestRows(flowControl: FlowControl, detailed: boolean): string[][] {
  const row = (dump: FlowDump, queue: number, place: number): string[] => [
    ...requestRow(dump, queue, place),
    ...(detailed ? detailsOf(dump) : []),
  ];
  const waiting = byName(flowControl).flatMap((level) =>
    [...level.queues()].flatMap((queue) =>
      queue.waiting.flatMap((waiter, place) => (isShown(waiter) ? [row(waiter, queue.index, place)] : [])),
    ),
  );
  const executing = [...flowControl.executing()].map((dump) => row(dump, -1, -1));
  return [[...REQUESTS, ...(detailed ? DETAILS : [])], ...waiting, ...executing];
}

/** All requests of the server are; who waits for other reasons has nothing to show. */
const isShown = (waiter: Waiter): waiter is FlowDump => 'schema' in waiter;

function requestRow({ level, schema, distinguisher, since, width }: FlowDump, queue: number, place: number): string[] {
  const came = since.toISOString();
  const begun = queue < 0 ? came : '0001-01-01T00:00:00Z';
  return [
    level,
    schema,
    String(queue),
    String(place),
    distinguisher,
    came,
    String(width),
    '0',
    formatDuration(0n),
    begun,
  ];
}

function detailsOf({ user, info }: FlowDump): string[] {
  if (info.type === 'path') return [user.username, info.verb, info.path, '', '', '', '', ''];
  const { verb, namespace, name, group, version, resource, subresource } = info;
  const at = `/${group ? `apis/${group}` : 'api'}/${version}${namespace ? `/namespaces/${namespace}` : ''}/${resource}`;
  const rest = [name, subresource].filter(Boolean).map((part) => `/${part}`);
  return [
    user.username,
    verb,
    at + rest.join(''),
    namespace,
    name,
    group ? `${group}/${version}` : version,
    resource,
    subresource,
  ];
}

/** Cells end in commas and stand below each other. */
function table(rows: readonly (readonly string[])[]) {
  const cells = rows.map((row) => row.map((cell, i) => (i < row.length - 1 ? `${cell},` : cell)));
  const widths = (cells[0] ?? []).map((_, i) => Math.max(7, ...cells.map((row) => row[i]?.length ?? 0)) + 1);
  const lines = cells.map((row) =>
    row.map((cell, i) => (i < row.length - 1 ? cell.padEnd(widths[i] ?? 0) : cell)).join(''),
  );
  return textResponse(200, lines.map((line) => `${line}\n`).join(''));
}
