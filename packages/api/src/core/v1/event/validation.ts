/** What events must say: one with an eventTime is of the new form, whichever group it came by; events.k8s.io/v1 is strict beyond that. */
import { type FieldError, checkDns1123Subdomain, invalid, required } from '@mkube/apimachinery';
import type { Event } from '../../../generated/types/core-v1.ts';
import { format, immutable, qualifiedName, sameValue } from '../../../validation/checks.ts';

/** `reporter`: what the field of the reporting controller is called in the writer's form. */
export function validateEvent(event: Event, reporter: 'reportingComponent' | 'reportingController'): FieldError[] {
  const about = event.involvedObject?.namespace ?? '';
  const namespace = event.metadata.namespace ?? '';
  const faults = isInPlace(event, { about, namespace })
    ? []
    : [invalid('involvedObject.namespace', about, 'does not match event.namespace')];
  if (event.eventTime) faults.push(...validateReport(event, reporter));
  return [...faults, ...format('namespace', namespace, checkDns1123Subdomain)];
}

/** An event about a namespaced object stands in its namespace, one about a cluster's object in default. */
function isInPlace({ eventTime }: Event, { about, namespace }: { about: string; namespace: string }): boolean {
  if (about !== '') return eventTime !== undefined || about === namespace;
  return namespace === 'default' || (eventTime !== undefined && namespace === 'kube-system');
}

const MOST = { action: 128, reason: 128, reportingInstance: 128 } as const;
const MOST_OF_MESSAGE = 1024;

const tooMuch = (field: string, most: number): FieldError => invalid(field, '', `can have at most ${most} characters`);

function validateReport(event: Event, reporter: string): FieldError[] {
  const message = event.message ?? '';
  const reportingComponent = event.reportingComponent ?? '';
  const texts = (['reportingInstance', 'action', 'reason'] as const).flatMap((field) => {
    const value = event[field] ?? '';
    if (value === '') return [required(field)];
    return Buffer.byteLength(value) > MOST[field] ? [tooMuch(field, MOST[field])] : [];
  });
  return [
    ...(reportingComponent === '' ? [required(reporter)] : []),
    ...qualifiedName(reporter, reportingComponent),
    ...texts,
    ...(Buffer.byteLength(message) > MOST_OF_MESSAGE ? [tooMuch('message', MOST_OF_MESSAGE)] : []),
  ];
}

function validateSeries({ series }: Event): FieldError[] {
  if (!series) return [];
  return [
    ...((series.count ?? 0) < 2 ? [invalid('series.count', '', 'should be at least 2')] : []),
    ...(series.lastObservedTime ? [] : [required('series.lastObservedTime')]),
  ];
}

/** By events.k8s.io/v1; faults are put in the stored form's fields. */
export function validateNewEvent(event: Event): FieldError[] {
  const { type = '', source } = event;
  const old = [
    ...(['firstTimestamp', 'lastTimestamp', 'count'] as const).filter((field) => event[field]),
    ...(source?.component || source?.host ? ['source'] : []),
  ];
  return [
    ...validateEvent(event, 'reportingController'),
    ...validateSeries(event),
    ...(event.eventTime ? [] : [required('eventTime')]),
    ...(type === 'Normal' || type === 'Warning' ? [] : [invalid('type', '', `has invalid value: ${type}`)]),
    ...old.map((field) => invalid(field, '', 'needs to be unset')),
  ];
}

const FIXED = [
  'involvedObject',
  'reason',
  'message',
  'source',
  'firstTimestamp',
  'lastTimestamp',
  'count',
  'type',
  'eventTime',
  'action',
  'related',
  'reportingInstance',
] as const;
const TEXTS: readonly string[] = ['reason', 'message', 'type', 'action', 'reportingInstance'];

/** Of an event only its series may change. */
export const validateNewEventUpdate = (event: Event, old: Event): FieldError[] => [
  ...(sameValue(event.series, old.series) ? [] : validateSeries(event)),
  ...FIXED.flatMap((field) => {
    const none = TEXTS.includes(field) ? '' : field === 'count' ? 0 : undefined;
    return immutable(field, event[field] ?? none, old[field] ?? none);
  }),
  ...immutable('reportingController', event.reportingComponent ?? '', old.reportingComponent ?? ''),
];
