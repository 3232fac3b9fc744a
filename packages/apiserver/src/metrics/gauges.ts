/** What /metrics reads at the moment it is asked: objects, watchers, requests in flight, API services. */
import type { FlowControl } from '../flow-control/flow-control.ts';
import type { Hubs } from '../storage/hubs.ts';
import type { Resource, Resources } from '../storage/resources.ts';
import type { APIService } from '@mkube/api';
import type { KubernetesObject, ResourceIdentity } from '@mkube/apimachinery';
import { VERSION } from '../discovery/version.ts';
import type { Metric } from './metrics.ts';
import { PROCESS } from './process.ts';
import type { Labels } from './request-labels.ts';

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
    help: 'Objects in the store, by resource.',
    read: () =>
      storedOf(resources).map(({ definition, storage }) => ({
        labels: { group: definition.group, resource: definition.resource },
        value: storage.cache.count(),
      })),
  },
  {
    name: 'apiserver_storage_objects',
    help: 'Objects in the store, by resource.',
    read: () =>
      storedOf(resources).map(({ definition, storage }) => ({
        labels: { resource: definition.group ? `${definition.resource}.${definition.group}` : definition.resource },
        value: storage.cache.count(),
      })),
  },
  {
    name: 'apiserver_registered_watchers',
    help: 'Watchers of a resource.',
    read: () => [...hubs.counts()].map(({ resource, watchers }) => ({ labels: labelsOf(resource), value: watchers })),
  },
  {
    name: 'apiserver_longrunning_requests',
    help: 'Requests that stay open, by what they watch.',
    read: () =>
      [...hubs.counts()].map(({ resource, watchers }) => ({
        labels: { component: 'apiserver', ...labelsOf(resource), subresource: '', verb: 'WATCH' },
        value: watchers,
      })),
  },
  {
    name: 'apiserver_watch_events_total',
    help: 'Events that watchers of a resource were sent.',
    type: 'counter',
    read: () => [...hubs.counts()].map(({ resource, sent }) => ({ labels: labelsOf(resource), value: sent })),
  },
  {
    name: 'apiserver_current_inflight_requests',
    help: 'Requests that are worked on, by whether they read or write.',
    read: () => [
      { labels: { request_kind: 'readOnly' }, value: flowControl.inFlight.reading },
      { labels: { request_kind: 'mutating' }, value: flowControl.inFlight.writing },
    ],
  },
  {
    name: 'kubernetes_build_info',
    help: 'Always 1: the version stands in its labels.',
    read: () => [{ labels: { git_version: VERSION.gitVersion, major: VERSION.major, minor: VERSION.minor }, value: 1 }],
  },
  {
    name: 'aggregator_unavailable_apiservice',
    help: 'Whether an API service is not available, by its name.',
    read: () =>
      [...resources.need('apiservices', 'apiregistration.k8s.io').cache.list('')].map(({ name, object }) => ({
        labels: { name },
        value: isAvailable(object) ? 0 : 1,
      })),
  },
  ...PROCESS,
];

const isAvailable = (service: KubernetesObject): boolean =>
  (service as APIService).status?.conditions?.some(({ type, status }) => type === 'Available' && status === 'True') ??
  false;

/** Each storage once, by the version that is stored. */
const storedOf = (resources: Resources): Resource[] =>
  [...resources.all()].filter(
    ({ definition }) => !definition.storage && (definition.verbs as readonly string[]).includes('list'),
  );

const labelsOf = ({ group, version, resource }: ResourceIdentity): Labels => ({ group, version, resource });
