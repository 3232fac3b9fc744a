/** What /metrics reads at the moment it is asked: objects, watchers, requests in flight, memory. */
import type { FlowControl } from '../flow-control/flow-control.ts';
import type { Hubs } from '../storage/hubs.ts';
import type { Resource, Resources } from '../storage/resources.ts';
import type { ResourceIdentity } from '@mkube/apimachinery';
import { VERSION } from '../discovery/version.ts';
import type { Metric } from './metrics.ts';
import type { Labels } from './request-labels.ts';

export const processStart: Metric = {
  name: 'process_start_time_seconds',
  help: 'Start time of the process since unix epoch in seconds.',
  read: () => [{ labels: {}, value: Math.round(performance.timeOrigin / 1000) }],
};

export const serverGauges = ({
  resources,
  hubs,
  flowControl,
}: {
  resources: Resources;
  hubs: Hubs;
  flowControl: FlowControl;
}): Metric[] => [
  {
    name: 'apiserver_resource_objects',
    help: 'Number of stored objects at the time of last check split by kind.',
    read: () =>
      storedOf(resources).map(({ definition, storage }) => ({
        labels: { group: definition.group, resource: definition.resource },
        value: storage.cache.count(),
      })),
  },
  {
    name: 'apiserver_storage_objects',
    help: 'Number of stored objects at the time of last check split by kind.',
    read: () =>
      storedOf(resources).map(({ definition, storage }) => ({
        labels: { resource: definition.group ? `${definition.resource}.${definition.group}` : definition.resource },
        value: storage.cache.count(),
      })),
  },
  {
    name: 'apiserver_registered_watchers',
    help: 'Number of currently registered watchers for a given resource',
    read: () => [...hubs.counts()].map(({ resource, watchers }) => ({ labels: labelsOf(resource), value: watchers })),
  },
  {
    name: 'apiserver_longrunning_requests',
    help: 'Gauge of all active long-running apiserver requests broken out by verb, group, version and resource.',
    read: () =>
      [...hubs.counts()].map(({ resource, watchers }) => ({
        labels: { component: 'apiserver', ...labelsOf(resource), verb: 'WATCH' },
        value: watchers,
      })),
  },
  {
    name: 'apiserver_watch_events_total',
    help: 'Number of events sent in watch clients',
    type: 'counter',
    read: () => [...hubs.counts()].map(({ resource, sent }) => ({ labels: labelsOf(resource), value: sent })),
  },
  {
    name: 'apiserver_current_inflight_requests',
    help: 'Maximal number of currently used inflight request limit of this apiserver per request kind in last second.',
    read: () => [
      { labels: { request_kind: 'readOnly' }, value: flowControl.inFlight.reading },
      { labels: { request_kind: 'mutating' }, value: flowControl.inFlight.writing },
    ],
  },
  {
    name: 'kubernetes_build_info',
    help: 'A metric with a constant 1 value labeled by version.',
    read: () => [{ labels: { git_version: VERSION.gitVersion, major: VERSION.major, minor: VERSION.minor }, value: 1 }],
  },
  {
    name: 'process_resident_memory_bytes',
    help: 'Resident memory size in bytes.',
    read: () => [{ labels: {}, value: process.memoryUsage.rss() }],
  },
  {
    name: 'process_cpu_seconds_total',
    help: 'Total user and system CPU time spent in seconds.',
    type: 'counter',
    read: () => [{ labels: {}, value: (process.cpuUsage().user + process.cpuUsage().system) / 1e6 }],
  },
  processStart,
];

/** Each storage once, by the version that is stored. */
const storedOf = (resources: Resources): Resource[] =>
  [...resources.all()].filter(
    ({ definition }) => !definition.storage && (definition.verbs as readonly string[]).includes('list'),
  );

const labelsOf = ({ group, version, resource }: ResourceIdentity): Labels => ({ group, version, resource });
