/** What may change in a pod through ephemeralcontainers and resize, and what of a change they take at all. */
import { type FieldError, type ObjectMeta, forbidden, invalid } from '@mkube/apimachinery';
import type { Container, Pod, PodSpec } from '../../../../generated/types/core-v1.ts';
import { sameValue } from '../../../../validation/checks.ts';
import { describeDifference } from '../../../../validation/difference.ts';
import { qosClassOf } from '../qos.ts';
import { isSidecar } from '../resources.ts';
import { MIRROR } from './annotations.ts';

/** Whatever else of the pod a request changes is left as it was. */
export function withEphemeralContainers(pod: Pod, old: Pod): Pod {
  const { ephemeralContainers: _, ...spec } = old.spec;
  const next = pod.spec?.ephemeralContainers;
  return { ...old, metadata: metadataOf(pod, old), spec: { ...spec, ...(next && { ephemeralContainers: next }) } };
}

/** Where containers come, go or change places, validation is to say so. */
export function withResources(pod: Pod, old: Pod): Pod {
  const { initContainers = [] } = pod.spec ?? {};
  const containers = pod.spec?.containers ?? [];
  const { containers: before, initContainers: initBefore = [] } = old.spec;
  if (containers.length !== before.length || initContainers.length !== initBefore.length) return pod;
  return {
    ...old,
    metadata: metadataOf(pod, old),
    spec: {
      ...old.spec,
      containers: resized(containers, before),
      ...(old.spec.initContainers && { initContainers: resized(initContainers, initBefore) }),
    },
  };
}

function resized(next: readonly Container[], old: readonly Container[]): Container[] {
  if (next.some(({ name }, i) => name !== old[i]?.name)) return [...next];
  return next.map(({ resources, resizePolicy }, i) => {
    const { resources: _r, resizePolicy: _p, ...container } = old[i] as Container;
    return { ...container, ...(resources && { resources }), ...(resizePolicy && { resizePolicy }) };
  });
}

/** As a status update leaves it: what is said of the writer and of the revision is the request's. */
function metadataOf({ metadata }: Pod, { metadata: old }: Pod): ObjectMeta {
  const { managedFields, resourceVersion } = metadata;
  const { managedFields: _m, ...rest } = old;
  return { ...rest, ...(resourceVersion && { resourceVersion }), ...(managedFields && { managedFields }) };
}

/** Ephemeral containers are only ever added. */
export function validateEphemeralUpdate(pod: Pod, old: Pod): FieldError[] {
  if (old.metadata.annotations?.[MIRROR] !== undefined)
    return [forbidden(WHOLE, 'static pods do not support ephemeral containers')];
  const field = 'spec.ephemeralContainers';
  const next = pod.spec.ephemeralContainers ?? [];
  return (old.spec.ephemeralContainers ?? []).flatMap((before) => {
    const what = `existing ephemeral containers ${JSON.stringify(before.name)}`;
    const found = next.findLast((c) => c.name === before.name);
    if (!found) return [forbidden(field, `${what} may not be removed\n`)];
    return sameValue(found, before)
      ? []
      : [forbidden(field, `${what} may not be changed\n${describeDifference(before, found)}`)];
  });
}

/** Amounts of cpu and memory may change in containers and sidecars; quality of service may not, and none may be dropped. */
export function validateResize(pod: Pod, old: Pod): FieldError[] {
  const unable = unresizable(old);
  if (unable) return [forbidden(WHOLE, unable)];
  const qos = qosClassOf(pod.spec);
  const faults: FieldError[] = [];
  if (qos !== qosClassOf(old.spec))
    faults.push(invalid('spec', pod.status?.qosClass ?? '', 'Pod QOS Class may not change as a result of resizing'));
  const running = (old.status?.containerStatuses ?? []).find(({ state }) => state?.running);
  if (running && !running.resources) faults.push(forbidden('spec', 'Pod running on node without support for resize'));
  if (hasAmounts(pod) || hasAmounts(old)) return [...faults, forbidden(WHOLE, POD_LEVEL)];
  const order = LISTS.flatMap((key) => orderFaults(key, pod.spec[key], old.spec[key]));
  if (order.length > 0) return [...faults, ...order];
  return [...faults, ...LISTS.flatMap((key) => resizeFaults(key, pod.spec[key], old.spec[key]))];
}

const LISTS = ['containers', 'initContainers'] as const;
type List = (typeof LISTS)[number];

/** Kubernetes shows the pod as a whole so, where a field's path would stand. */
const WHOLE = '[]';

const POD_LEVEL =
  'resize of pods with pod-level resources is forbidden when InPlacePodLevelResourcesVerticalScalingEnabled feature gate is disabled';

const hasAmounts = ({ spec }: Pod): boolean =>
  Object.keys({ ...spec.resources?.requests, ...spec.resources?.limits }).length > 0;

function unresizable({ metadata, spec }: Pod): string | undefined {
  if (metadata.annotations?.[MIRROR] !== undefined) return 'static pods cannot be resized';
  return spec.os?.name === 'windows' ? 'windows pods cannot be resized' : undefined;
}

function orderFaults(key: List, next: PodSpec[List] = [], old: PodSpec[List] = []): FieldError[] {
  if (next.length !== old.length) return [forbidden(`spec.${key}`, `${key} may not be added or removed on resize`)];
  return old.flatMap(({ name }, i) =>
    next[i]?.name === name
      ? []
      : [forbidden(`spec.${key}[${i}].name`, `${key} may not be renamed or reordered on resize`)],
  );
}

function resizeFaults(key: List, next: PodSpec[List] = [], old: PodSpec[List] = []): FieldError[] {
  const isMain = key === 'containers';
  return old.flatMap((before, i) => {
    const after = next[i] as Container;
    if (!isMain && !isSidecar(before))
      return sameValue(after, before)
        ? []
        : [forbidden('spec', 'resources for non-sidecar init containers are immutable')];
    const what = `only cpu and memory resources ${isMain ? '' : 'for sidecar containers '}are mutable`;
    return [
      ...removedFaults(after, before, `spec.${key}[${i}].resources`),
      // whoever has claims cannot be resized, as Kubernetes leaves them out on one side here
      ...(before.resources?.claims || !sameValue(withAmountsOf(after, before), withAmountsOf(before, before))
        ? [forbidden('spec', what)]
        : []),
    ];
  });
}

const removedFaults = (next: Container, old: Container, at: string): FieldError[] =>
  (['requests', 'limits'] as const)
    .filter((which) =>
      Object.keys(old.resources?.[which] ?? {}).some((name) => next.resources?.[which]?.[name] === undefined),
    )
    .map((which) => forbidden(`${at}.${which}`, `resource ${which} cannot be removed`));

/** The container with its old cpu and memory, so that whatever still differs is not for resize to change. */
function withAmountsOf(container: Container, old: Container): Container {
  const amounts = (which: 'requests' | 'limits') => {
    const before = old.resources?.[which];
    if (!before) return {};
    const { cpu: _c, memory: _m, ...others } = container.resources?.[which] ?? {};
    const { cpu, memory } = before;
    return { ...others, ...(cpu && { cpu }), ...(memory && { memory }) };
  };
  return { ...container, resources: { requests: amounts('requests'), limits: amounts('limits') } };
}
