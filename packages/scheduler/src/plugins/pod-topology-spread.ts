/**
 * Topology spread: required constraints keep domains from growing apart, the others prefer emptier domains. A pod that states none is
 * spread over hosts and zones with the pods of its owner, or of its services.
 */
import { type TopologySpreadConstraint, untoleratedTaint } from '@mkube/api';
import type { Labels } from '@mkube/apimachinery';
import { isNodeNews } from '../cluster-event.ts';
import type { PodGroup } from '../snapshot/counts.ts';
import { type PodMatcher, allOf, ownerMatcher, selectorMatcher } from '../snapshot/matcher.ts';
import type { NodeInfo } from '../snapshot/node-info.ts';
import type { PodInfo } from '../snapshot/pod-info.ts';
import type { Snapshot } from '../snapshot.ts';
import { mayGoTo } from './node-affinity.ts';
import { MOST, type Plugin, unfit, unresolvable } from './plugin.ts';

const HOSTNAME = 'kubernetes.io/hostname';
const UNEVEN = unfit("node(s) didn't match pod topology spread constraints");
const NO_LABEL = unresolvable("node(s) didn't match pod topology spread constraints (missing required label)");
const DEFAULTS = [
  { topologyKey: HOSTNAME, maxSkew: 3 },
  { topologyKey: 'topology.kubernetes.io/zone', maxSkew: 5 },
];

export const podTopologySpread: Plugin = {
  name: 'PodTopologySpread',
  weight: 2,
  prepare(pod, snapshot) {
    const required = constraintsOf(pod, 'DoNotSchedule');
    if (required.length === 0) return undefined;
    const checks = required.map((constraint) => skewCheckOf(constraint, { pod, snapshot }));
    return {
      filter({ labels }) {
        for (const { topologyKey, fits } of checks) {
          const domain = labels[topologyKey];
          if (domain === undefined) return NO_LABEL;
          if (!fits(domain)) return UNEVEN;
        }
        return undefined;
      },
    };
  },
  wakes: (_pod, event) =>
    event.kind === 'podPlaced' ||
    event.kind === 'podChanged' ||
    event.kind === 'podRemoved' ||
    isNodeNews(event, 'labels', 'taints'),
  score(pod, nodes, snapshot) {
    const stated = constraintsOf(pod, 'ScheduleAnyway');
    const wishes =
      stated.length > 0 ? stated.map((c) => ({ ...c, matcher: matcherOf(c, pod) })) : defaultsOf(pod, snapshot);
    if (wishes.length === 0) return undefined;
    return spreadScores(wishes, { nodes, snapshot, ignoreUnlabelled: stated.length > 0 });
  },
};

function constraintsOf(
  { pod }: PodInfo,
  when: TopologySpreadConstraint['whenUnsatisfiable'],
): TopologySpreadConstraint[] {
  return pod.spec.topologySpreadConstraints?.filter(({ whenUnsatisfiable }) => whenUnsatisfiable === when) ?? [];
}

function matcherOf({ labelSelector, matchLabelKeys = [] }: TopologySpreadConstraint, pod: PodInfo): PodMatcher {
  const exact: Record<string, string> = {};
  for (const key of matchLabelKeys) if (pod.labels[key] !== undefined) exact[key] = pod.labels[key];
  return selectorMatcher({ namespace: pod.namespace, selector: labelSelector, exact });
}

interface Situation {
  pod: PodInfo;
  snapshot: Snapshot;
}

/** May a domain take one more, compared with the emptiest? */
function skewCheckOf(constraint: TopologySpreadConstraint, { pod, snapshot }: Situation) {
  const { topologyKey, maxSkew, minDomains = 1 } = constraint;
  const matcher = matcherOf(constraint, pod);
  const self = snapshot.matches(matcher, pod) ? 1 : 0;
  const { countOf, domains, least } = domainsOf(constraint, { group: snapshot.group(matcher), pod, snapshot });
  const minimum = domains < minDomains ? 0 : least;
  return { topologyKey, fits: (domain: string) => countOf(domain) + self - minimum <= maxSkew };
}

/** Counts by domain; only nodes that the constraint's policies let count. */
function domainsOf(constraint: TopologySpreadConstraint, options: Situation & { group: PodGroup }) {
  const { pod, snapshot, group } = options;
  const { topologyKey } = constraint;
  const counts = eligibleNodes(constraint, pod);
  if (!counts) {
    const domains = snapshot.domains(topologyKey).size;
    const all = group.by(topologyKey);
    return { countOf: (domain: string) => all.get(domain), domains, least: domains === 0 ? 0 : all.minimum(domains) };
  }
  const byDomain = new Map<string, number>();
  for (const node of snapshot.nodes) {
    const domain = node.labels[topologyKey];
    if (domain !== undefined && counts(node)) byDomain.set(domain, (byDomain.get(domain) ?? 0) + group.on(node));
  }
  const least = byDomain.size === 0 ? 0 : Math.min(...byDomain.values());
  return { countOf: (domain: string) => byDomain.get(domain) ?? 0, domains: byDomain.size, least };
}

/** Undefined when every node counts, which is the common case and the cheap one. */
function eligibleNodes(constraint: TopologySpreadConstraint, pod: PodInfo): ((node: NodeInfo) => boolean) | undefined {
  const { spec } = pod.pod;
  const { nodeAffinityPolicy = 'Honor', nodeTaintsPolicy = 'Ignore' } = constraint;
  const required = spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? spec.nodeSelector;
  const byAffinity = nodeAffinityPolicy === 'Honor' && required !== undefined;
  if (!byAffinity && nodeTaintsPolicy === 'Ignore') return undefined;
  const { tolerations } = spec;
  const effects = ['NoSchedule', 'NoExecute'];
  return (node) =>
    (!byAffinity || mayGoTo(pod, node)) &&
    (nodeTaintsPolicy === 'Ignore' || !untoleratedTaint({ taints: node.taints, tolerations, effects }));
}

interface Wish {
  topologyKey: string;
  maxSkew: number;
  matcher: PodMatcher;
}

function defaultsOf(pod: PodInfo, snapshot: Snapshot): Wish[] {
  if (pod.pod.spec.topologySpreadConstraints?.length) return [];
  const matcher = pod.owner ? ownerMatcher(pod.owner) : servicesMatcher(pod, snapshot);
  return matcher ? DEFAULTS.map((constraint) => ({ ...constraint, matcher })) : [];
}

function servicesMatcher({ namespace, labels }: PodInfo, { lookups }: Snapshot): PodMatcher | undefined {
  const matchers = lookups
    .services(namespace)
    .flatMap(({ spec }) => (spec.selector && isPartOf(spec.selector, labels) ? [spec.selector] : []))
    .map((matchLabels) => selectorMatcher({ namespace, selector: { matchLabels } }));
  return matchers.length > 0 ? allOf(matchers) : undefined;
}

const isPartOf = (selector: Labels, labels: Labels): boolean => {
  const keys = Object.keys(selector);
  return keys.length > 0 && keys.every((key) => labels[key] === selector[key]);
};

/** Fewer pods are better; a topology with few domains weighs less per pod, since each of its domains holds more. */
function spreadScores(
  wishes: readonly Wish[],
  { nodes, snapshot, ignoreUnlabelled }: { nodes: readonly NodeInfo[]; snapshot: Snapshot; ignoreUnlabelled: boolean },
): number[] | undefined {
  const terms = wishes.map(({ topologyKey, maxSkew, matcher }) => {
    const group = snapshot.group(matcher);
    const domains = topologyKey === HOSTNAME ? nodes.length : domainsAmong(nodes, topologyKey);
    const counts = topologyKey === HOSTNAME ? undefined : group.by(topologyKey);
    return { topologyKey, group, counts, weight: Math.log(domains + 2), allowed: maxSkew - 1 };
  });
  const raw = nodes.map((node) => {
    let sum = 0;
    for (const { topologyKey, group, counts, weight, allowed } of terms) {
      const domain = node.labels[topologyKey];
      if (domain !== undefined) sum += (counts ? counts.get(domain) : group.on(node)) * weight + allowed;
      else if (ignoreUnlabelled) return -1;
    }
    return Math.round(sum);
  });
  return fewestBest(raw);
}

function domainsAmong(nodes: readonly NodeInfo[], topologyKey: string): number {
  const domains = new Set<string>();
  for (const { labels } of nodes) if (labels[topologyKey] !== undefined) domains.add(labels[topologyKey]);
  return domains.size;
}

/** -1 marks a node that is left out, and scores 0. */
function fewestBest(raw: readonly number[]): number[] | undefined {
  const counted = raw.filter((value) => value >= 0);
  const most = Math.max(...counted);
  const least = Math.min(...counted);
  if (counted.length === raw.length && most === least) return undefined;
  return raw.map((value) => (value < 0 ? 0 : most === 0 ? MOST : Math.floor((MOST * (most + least - value)) / most)));
}
