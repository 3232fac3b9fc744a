/** What /metrics says of the process: memory, processor time, open files. Linux tells more than others. */
import fs from 'node:fs';
import type { Metric } from './metrics.ts';

export const processStart: Metric = {
  name: 'process_start_time_seconds',
  help: 'When the process began, in seconds since 1970.',
  read: () => [{ labels: {}, value: Math.round(performance.timeOrigin / 1000) }],
};

export const PROCESS: readonly Metric[] = [
  {
    name: 'process_resident_memory_bytes',
    help: 'Memory of the process that is in RAM.',
    read: () => [{ labels: {}, value: process.memoryUsage.rss() }],
  },
  {
    name: 'process_cpu_seconds_total',
    help: 'Processor time that the process took, and the kernel for it.',
    type: 'counter',
    read: () => [{ labels: {}, value: (process.cpuUsage().user + process.cpuUsage().system) / 1e6 }],
  },
  processStart,
  {
    name: 'process_open_fds',
    help: 'Files and sockets that the process has open.',
    read: () => known(() => fs.readdirSync('/proc/self/fd').length),
  },
  {
    name: 'process_max_fds',
    help: 'Files and sockets that the process may have open.',
    read: () => known(() => Number(/^Max open files +(\d+)/m.exec(fs.readFileSync('/proc/self/limits', 'utf8'))?.[1])),
  },
];

/** No sample where the system does not tell. */
function known(value: () => number): { labels: Record<string, string>; value: number }[] {
  try {
    const found = value();
    return Number.isFinite(found) ? [{ labels: {}, value: found }] : [];
  } catch {
    return [];
  }
}
