/**
 * LimitRanger: a namespace's LimitRanges give containers their default requests and limits, and refuse pods and claims
 * outside of what they allow.
 */
import type { Container, LimitRange, LimitRangeItem, PersistentVolumeClaim, Pod } from '@mkube/api';
import { podLimits, podRequests } from '@mkube/api';
import { compareQuantity, forbiddenResource, formatQuantity, isZeroQuantity, parseQuantity } from '@mkube/apimachinery';
import type { KubernetesObject } from '@mkube/apimachinery';
import type { ServerContext } from '../context.ts';
import { type AdmissionPlugin, type Attributes, isResource } from './plugin.ts';

const ANNOTATION = 'kubernetes.io/limit-ranger';
type Amounts = Readonly<Record<string, string>>;

export const limitRanger: AdmissionPlugin = {
  name: 'LimitRanger',
  admit(attributes, server) {
    const { object, operation } = attributes;
    if (!isPodWrite(attributes) || operation !== 'CREATE') return object;
    let pod = object as Pod;
    for (const { spec } of rangesIn(server, attributes.namespace))
      for (const item of spec?.limits ?? []) if (item.type === 'Container') pod = withDefaults(pod, item);
    return pod;
  },
  validate(attributes, server) {
    const { object, operation, namespace } = attributes;
    if (isPodWrite(attributes)) {
      if (operation !== 'CREATE') return;
      refuse(
        attributes,
        rangesIn(server, namespace).flatMap((range) => podFaults(object as Pod, range)),
      );
    } else if (
      isResource(attributes, '', 'persistentvolumeclaims') &&
      !attributes.subresource &&
      operation !== 'DELETE'
    )
      refuse(
        attributes,
        rangesIn(server, namespace).flatMap((range) => claimFaults(object, range)),
      );
  },
};

const isPodWrite = (attributes: Attributes): boolean =>
  isResource(attributes, '', 'pods') && attributes.subresource === '';

function rangesIn({ resources }: ServerContext, namespace: string): readonly LimitRange[] {
  const { cache } = resources.need('limitranges');
  return cache.count(namespace) === 0 ? NONE : Array.from(cache.list(namespace), ({ object }) => object as LimitRange);
}

const NONE: readonly LimitRange[] = [];

function refuse({ definition, name }: Attributes, faults: readonly string[]): void {
  if (faults.length > 0)
    throw forbiddenResource(definition, name, faults.length === 1 ? (faults[0] ?? '') : `[${faults.join(', ')}]`);
}

function withDefaults(pod: Pod, item: LimitRangeItem): Pod {
  const notes: string[] = [];
  const fill =
    (what: string) =>
    (container: Container): Container => {
      const { requests = {}, limits = {} } = container.resources ?? {};
      const addedRequests = missing(requests, { ...item.defaultRequest });
      const addedLimits = missing(limits, { ...item.default });
      note(notes, addedRequests, 'request', what, container.name);
      note(notes, addedLimits, 'limit', what, container.name);
      if (Object.keys(addedRequests).length === 0 && Object.keys(addedLimits).length === 0) return container;
      const all = { requests: { ...requests, ...addedRequests }, limits: { ...limits, ...addedLimits } };
      return {
        ...container,
        resources: {
          ...container.resources,
          ...(Object.keys(all.requests).length > 0 && { requests: all.requests }),
          ...(Object.keys(all.limits).length > 0 && { limits: all.limits }),
        },
      };
    };
  const containers = pod.spec.containers.map(fill('container'));
  const initContainers = pod.spec.initContainers?.map(fill('init container'));
  if (notes.length === 0) return pod;
  const annotations = { ...pod.metadata.annotations, [ANNOTATION]: `LimitRanger plugin set: ${notes.join('; ')}` };
  return {
    ...pod,
    metadata: { ...pod.metadata, annotations },
    spec: { ...pod.spec, containers, ...(initContainers && { initContainers }) },
  };
}

const missing = (have: Amounts, defaults: Amounts): Record<string, string> =>
  Object.fromEntries(Object.entries(defaults).filter(([name]) => !(name in have)));

function note(notes: string[], added: Amounts, which: string, what: string, name: string): void {
  const names = Object.keys(added).toSorted();
  if (names.length > 0) notes.push(`${names.join(', ')} ${which} for ${what} ${name}`);
}

function podFaults(pod: Pod, range: LimitRange): string[] {
  return (range.spec?.limits ?? []).flatMap((item) => {
    if (item.type === 'Container')
      return [...pod.spec.containers, ...(pod.spec.initContainers ?? [])].flatMap(({ resources }) =>
        faultsOf(item, { ...resources?.requests }, { ...resources?.limits }),
      );
    if (item.type !== 'Pod') return [];
    return faultsOf(item, textOf(podRequests(pod.spec)), textOf(podLimits(pod.spec)));
  });
}

const textOf = (amounts: ReturnType<typeof podRequests>): Amounts =>
  Object.fromEntries([...amounts].map(([name, amount]) => [name, formatQuantity(amount)]));

function claimFaults(object: KubernetesObject, range: LimitRange): string[] {
  const { resources } = (object as PersistentVolumeClaim).spec;
  return (range.spec?.limits ?? [])
    .filter(({ type }) => type === 'PersistentVolumeClaim')
    .flatMap((item) => faultsOf(item, { ...resources?.requests }, { ...resources?.limits }, false));
}

function faultsOf(item: LimitRangeItem, requests: Amounts, limits: Amounts, limited = true): string[] {
  const per = `per ${item.type}`;
  const faults: string[] = [];
  for (const [name, min] of Object.entries(item.min ?? {})) {
    const request = requests[name];
    if (request === undefined) faults.push(`minimum ${name} usage ${per} is ${min}.  No request is specified`);
    else if (compareQuantity(request, min) < 0)
      faults.push(`minimum ${name} usage ${per} is ${min}, but request is ${request}`);
  }
  for (const [name, max] of Object.entries(item.max ?? {})) {
    const limit = limited ? limits[name] : undefined;
    const request = requests[name];
    if (limited && limit === undefined) faults.push(`maximum ${name} usage ${per} is ${max}.  No limit is specified`);
    else if (limit !== undefined && compareQuantity(limit, max) > 0)
      faults.push(`maximum ${name} usage ${per} is ${max}, but limit is ${limit}`);
    else if (request !== undefined && compareQuantity(request, max) > 0)
      faults.push(`maximum ${name} usage ${per} is ${max}, but request is ${request}`);
  }
  for (const [name, ratio] of Object.entries(item.maxLimitRequestRatio ?? {})) {
    const fault = ratioFault(ratio, requests[name], limits[name]);
    if (fault) faults.push(`${name} max limit to request ratio ${per} is ${ratio}, but ${fault}`);
  }
  return faults;
}

function ratioFault(ratio: string, request: string | undefined, limit: string | undefined): string | undefined {
  if (request === undefined || isZeroQuantity(request)) return 'no request is specified or request is 0';
  if (limit === undefined || isZeroQuantity(limit)) return 'no limit is specified or limit is 0';
  const actual = Number(parseQuantity(limit).nanos) / Number(parseQuantity(request).nanos);
  const allowed = Number(parseQuantity(ratio).nanos) / 1e9;
  return actual > allowed ? `provided ratio is ${actual.toFixed(6)}` : undefined;
}
