/** What run, logs, exec and attach share: finding the pod behind an argument, its default container, and waiting for it. */
import type { Pod } from '@mkube/api';
import type { KubernetesObject, LabelSelector } from '@mkube/apimachinery';
import { CommandError, type Io } from './io.ts';
import { pathOf, type ResourceMapper } from './mapper.ts';
import type { Rest } from './rest.ts';
import { watchFrames } from './watch.ts';

export const PODS = { group: '', version: 'v1', resource: 'pods', namespaced: true } as const;

const DEFAULT_CONTAINER = 'kubectl.kubernetes.io/default-container';

export interface PodArgument {
  rest: Rest;
  mapper(): Promise<ResourceMapper>;
  namespace: string;
  /** 'hello', 'pod/hello', 'deployment/web' */
  word: string;
  /** Told when a workload has more than the one pod that is taken. */
  found?(count: number, taken: Pod): void;
}

/** The pod itself, or the best pod of a workload. */
export async function podOf({ rest, mapper, namespace, word, found }: PodArgument): Promise<Pod> {
  const [type, name] = word.includes('/') ? word.split('/') : ['pods', word];
  if (!type || !name) throw new CommandError('arguments in resource/name form must have a single resource and name');
  if (['pod', 'pods', 'po'].includes(type)) return rest.json<Pod>({ path: pathOf(PODS, namespace, name) });
  const mapping = await (await mapper()).byName(type);
  const owner = await rest.json<KubernetesObject>({ path: pathOf(mapping, namespace, name) });
  const pods = await podsOfOwner(rest, owner, namespace);
  const [best] = pods.toSorted(readierFirst);
  if (best && pods.length > 1) found?.(pods.length, best);
  if (!best) throw new CommandError(`could not find any pods of ${word} in namespace ${namespace}`);
  return best;
}

export async function podsOfOwner(rest: Rest, owner: KubernetesObject, namespace: string): Promise<Pod[]> {
  const spec = (owner as { spec?: { selector?: LabelSelector | Record<string, string> } }).spec;
  const selector = selectorText(spec?.selector);
  if (!selector)
    throw new CommandError(
      `cannot find the pods of ${owner.kind.toLowerCase()}/${owner.metadata.name}: it has no selector`,
    );
  return (await rest.json<{ items: Pod[] }>({ path: pathOf(PODS, namespace), query: { labelSelector: selector } }))
    .items;
}

/** A LabelSelector, or the plain map of a Service, as a query. */
export function selectorText(selector: LabelSelector | Record<string, string> | undefined): string {
  if (!selector) return '';
  const isTyped = 'matchLabels' in selector || 'matchExpressions' in selector;
  const { matchLabels = {}, matchExpressions = [] } = (isTyped ? selector : { matchLabels: selector }) as LabelSelector;
  return [
    ...Object.entries(matchLabels).map(([k, v]) => `${k}=${v}`),
    ...matchExpressions.map(({ key, operator, values = [] }) => {
      if (operator === 'Exists') return key;
      if (operator === 'DoesNotExist') return `!${key}`;
      return `${key} ${operator === 'In' ? 'in' : 'notin'} (${values.join(',')})`;
    }),
  ].join(',');
}

/** The one that has most to say: on a node, running, ready, ready the longest, restarted most often, oldest. */
function readierFirst(a: Pod, b: Pod): number {
  const times = (pod: Pod) => [
    readySince(pod),
    -restartsOf(pod),
    Date.parse(pod.metadata.creationTimestamp ?? '') || 0,
  ];
  const ranks = (pod: Pod) => [
    pod.spec.nodeName ? 0 : 1,
    Math.max(0, PHASES.indexOf(pod.status.phase ?? '')),
    isReady(pod) ? 0 : 1,
  ];
  const [one, other] = [a, b].map((pod) => [...ranks(pod), ...times(pod)]);
  for (const [i, value] of (one ?? []).entries()) if (value !== other?.[i]) return value - (other?.[i] ?? 0);
  return 0;
}

const PHASES = ['Running', 'Unknown', 'Pending'];

const readySince = (pod: Pod): number =>
  !isReady(pod) ? 0 : Date.parse(pod.status.conditions?.find((c) => c.type === 'Ready')?.lastTransitionTime ?? '') || 0;

const restartsOf = (pod: Pod): number =>
  Math.max(0, ...(pod.status.containerStatuses ?? []).map(({ restartCount }) => restartCount));

export const isReady = (pod: Pod): boolean =>
  pod.status.conditions?.some((c) => c.type === 'Ready' && c.status === 'True') ?? false;

/** --container, else the annotation, else the first; says so when there are several. */
export function containerOf(pod: Pod, wanted: string | undefined, io: Io | undefined): string {
  const names = [
    ...pod.spec.containers,
    ...(pod.spec.initContainers ?? []),
    ...(pod.spec.ephemeralContainers ?? []),
  ].map((c) => c.name);
  if (wanted !== undefined) {
    if (!names.includes(wanted))
      throw new CommandError(`container ${wanted} is not valid for pod ${pod.metadata.name}`);
    return wanted;
  }
  const annotated = pod.metadata.annotations?.[DEFAULT_CONTAINER];
  if (annotated && names.includes(annotated)) return annotated;
  const [first] = names;
  if (first === undefined) throw new CommandError(`pod ${pod.metadata.name} has no containers`);
  if (names.length > 1) io?.err(`Defaulted container "${first}" out of: ${defaultedList(pod)}\n`);
  return first;
}

function defaultedList(pod: Pod): string {
  return [
    ...pod.spec.containers.map((c) => c.name),
    ...(pod.spec.initContainers ?? []).map((c) => `${c.name} (init)`),
    ...(pod.spec.ephemeralContainers ?? []).map((c) => `${c.name} (ephem)`),
  ].join(', ');
}

/** Watches until `done` says so; returns the pod as it was then. */
export async function waitForPod({
  rest,
  pod,
  signal,
  done,
}: {
  rest: Rest;
  pod: Pod;
  signal: AbortSignal;
  done(pod: Pod): boolean;
}): Promise<Pod> {
  const { name, namespace } = pod.metadata;
  let current = await rest.json<Pod>({ path: pathOf(PODS, namespace, name), signal });
  while (!done(current)) {
    const query = {
      fieldSelector: `metadata.name=${name}`,
      watch: true,
      resourceVersion: current.metadata.resourceVersion,
    };
    for await (const event of watchFrames(
      await rest.stream({ path: pathOf(PODS, namespace), query, signal }),
      signal,
    )) {
      current = event.object as Pod;
      if (event.type === 'DELETED') throw new CommandError(`pod ${name} was deleted`);
      if (done(current)) return current;
    }
    if (signal.aborted) throw new CommandError('timed out waiting for the condition');
    current = await rest.json<Pod>({ path: pathOf(PODS, namespace, name), signal });
  }
  return current;
}
