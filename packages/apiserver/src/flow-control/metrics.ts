/** What /metrics says of priority levels and flow schemas, under Kubernetes' names. */
import type { Metric } from '../metrics/metrics.ts';
import type { FlowCounts } from './counts.ts';
import type { FlowControl } from './flow-control.ts';
import type { PriorityLevel } from './priority-level.ts';

const PREFIX = 'apiserver_flowcontrol_';

export function flowMetrics(flowControl: FlowControl): Metric[] {
  const perFlow = (name: string, help: string, value: (counts: FlowCounts) => number): Metric => ({
    name: PREFIX + name,
    help,
    read: () => [...flowControl.counts].map((counts) => ({ labels: counts.labels, value: value(counts) })),
  });
  const perLevel = (name: string, help: string, value: (level: PriorityLevel) => number): Metric => ({
    name: PREFIX + name,
    help,
    read: () =>
      [...flowControl.levels].map((level) => ({ labels: { priority_level: level.name }, value: value(level) })),
  });
  return [
    {
      ...perFlow('dispatched_requests_total', 'Requests that were given a seat.', (c) => c.dispatched),
      type: 'counter',
    } as Metric,
    {
      name: `${PREFIX}rejected_requests_total`,
      help: 'Requests that were sent away, by why.',
      type: 'counter',
      read: () =>
        [...flowControl.counts].flatMap(({ labels, rejected }) =>
          [...rejected].map(([reason, value]) => ({ labels: { ...labels, reason }, value })),
        ),
    },
    perFlow('current_executing_requests', 'Requests that have a seat.', (c) => c.executing),
    perFlow('current_executing_seats', 'Seats that are taken.', (c) => c.executingSeats),
    perFlow('current_inqueue_requests', 'Requests that wait in queues.', (c) => c.waiting),
    perFlow('current_inqueue_seats', 'Seats that those in queues wait for.', (c) => c.waitingSeats),
    perLevel('nominal_limit_seats', 'Seats of a level by its share.', (l) => l.seats.nominal),
    perLevel('request_concurrency_limit', 'Seats of a level by its share.', (l) => l.seats.nominal),
    perLevel('lower_limit_seats', 'Seats that a level cannot lend', (l) => l.seats.nominal - l.seats.lendable),
    perLevel('upper_limit_seats', 'Seats with all that a level may borrow', (l) => l.upperLimit),
    perLevel('current_limit_seats', 'Seats that a level may use now', (l) => l.currentLimit),
    {
      name: `${PREFIX}request_wait_duration_seconds`,
      help: 'Seconds that a request waited for its seat.',
      type: 'histogram',
      read: () =>
        [...flowControl.counts].flatMap(({ labels, waits, refusedWaits }) => [
          { labels: { ...labels, execute: 'true' }, value: waits },
          { labels: { ...labels, execute: 'false' }, value: refusedWaits },
        ]),
    },
    {
      name: `${PREFIX}request_execution_seconds`,
      help: 'Seconds that a request had its seat.',
      type: 'histogram',
      read: () => [...flowControl.counts].map(({ labels, executions }) => ({ labels, value: executions })),
    },
  ];
}
