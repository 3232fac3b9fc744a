/** What /metrics reads at the moment it is asked: objects, watchers, requests in flight, memory. */
import type { FlowControl } from '../flow-control/flow-control.ts';
import type { Hubs } from '../storage/hubs.ts';
import type { Resources } from '../storage/resources.ts';
import { VERSION } from '../discovery/version.ts';
import type { Metric } from './metrics.ts';

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
      [...resources.all()]
        .filter(({ definition }) => !definition.storage && (definition.verbs as readonly string[]).includes('list'))
        .map(({ definition, storage }) => ({
          labels: { group: definition.group, resource: definition.resource },
          value: storage.cache.count(),
        })),
  },
  {
    name: 'apiserver_registered_watchers',
    help: 'Number of currently registered watchers for a given resource',
    read: () => [{ labels: {}, value: hubs.watchers }],
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
];
