/**
 * Affinity and anti-affinity between pods: of the new pod towards those that run, and of those that run towards the new pod. Answered
 * from the snapshot's counters, whatever the number of pods.
 */
import { isNodeNews } from '../cluster-event.ts';
import type { DomainCounts } from '../snapshot/counts.ts';
import { allOf } from '../snapshot/matcher.ts';
import type { NodeInfo } from '../snapshot/node-info.ts';
import type { PodInfo } from '../snapshot/pod-info.ts';
import type { Snapshot } from '../snapshot.ts';
import { MOST, type NodeFilter, type Plugin, unfit, unresolvable } from './plugin.ts';

const NO_AFFINITY = unresolvable("node(s) didn't match pod affinity rules");
const ANTI_AFFINITY = unfit("node(s) didn't match pod anti-affinity rules");
const THEIR_ANTI_AFFINITY = unfit("node(s) didn't satisfy existing pods anti-affinity rules");

interface ByLabel {
  topologyKey: string;
  counts: DomainCounts;
}

export const interPodAffinity: Plugin = {
  name: 'InterPodAffinity',
  weight: 2,
  prepare(pod, snapshot) {
    const theirs = carriedAbout(pod, snapshot);
    if (theirs.length === 0 && pod.affinity.length === 0 && pod.antiAffinity.length === 0) return undefined;
    const affinity = affinityFilter(pod, snapshot);
    const anti = pod.antiAffinity.map(({ matcher, topologyKey }) => ({
      topologyKey,
      counts: snapshot.group(matcher).by(topologyKey),
    }));
    return {
      filter(node) {
        const objection = affinity?.(node);
        if (objection) return objection;
        if (isAmong(node, anti)) return ANTI_AFFINITY;
        return isAmong(node, theirs) ? THEIR_ANTI_AFFINITY : undefined;
      },
    };
  },
  wakes(pod, event, snapshot) {
    switch (event.kind) {
      case 'podPlaced':
      case 'podChanged':
        return pod.affinity.some(({ matcher }) => snapshot.matches(matcher, event.pod)) || event.kind === 'podChanged';
      case 'podRemoved':
      case 'namespaceChanged':
        return true;
      case 'nodeAdded':
      case 'nodeChanged':
        return isNodeNews(event, 'labels');
      case 'volumesChanged':
        return false;
    }
  },
  score(pod, nodes, snapshot) {
    const wishes = wishesAbout(pod, snapshot);
    if (wishes.length === 0) return undefined;
    const raw = nodes.map(({ labels }) =>
      wishes.reduce((sum, { topologyKey, counts, weight }) => sum + weight * counts.get(labels[topologyKey]), 0),
    );
    const least = Math.min(...raw);
    const range = Math.max(...raw) - least;
    return range > 0 ? raw.map((value) => Math.floor((MOST * (value - least)) / range)) : undefined;
  },
};

/** Every term needs a pod that all terms match; the first of a group that wants to be together may start anywhere. */
function affinityFilter(pod: PodInfo, snapshot: Snapshot): NodeFilter | undefined {
  if (pod.affinity.length === 0) return undefined;
  const all = allOf(pod.affinity.map(({ matcher }) => matcher));
  const group = snapshot.group(all);
  const terms = pod.affinity.map(({ topologyKey }) => ({ topologyKey, counts: group.by(topologyKey) }));
  const isFirst = terms.every(({ counts }) => counts.size === 0) && snapshot.matches(all, pod);
  return ({ labels }) => {
    for (const { topologyKey, counts } of terms) {
      const domain = labels[topologyKey];
      if (domain === undefined || (!isFirst && counts.get(domain) === 0)) return NO_AFFINITY;
    }
    return undefined;
  };
}

/** The node lies in a domain that one of these has counted something in. */
function isAmong({ labels }: NodeInfo, terms: readonly ByLabel[]): boolean {
  for (const { topologyKey, counts } of terms) if (counts.get(labels[topologyKey]) > 0) return true;
  return false;
}

/** Anti-affinity terms of pods on nodes that are about this pod. */
function carriedAbout(pod: PodInfo, snapshot: Snapshot): ByLabel[] {
  if (snapshot.antiAffinity.size === 0) return [];
  return [...snapshot.antiAffinity.candidates(pod)].filter(({ matcher }) => snapshot.matches(matcher, pod));
}

function wishesAbout(pod: PodInfo, snapshot: Snapshot): (ByLabel & { weight: number })[] {
  const own = pod.preferred.map(({ matcher, topologyKey, weight }) => ({
    topologyKey,
    weight,
    counts: snapshot.group(matcher).by(topologyKey),
  }));
  if (snapshot.preferences.size === 0) return own;
  const theirs = [...snapshot.preferences.candidates(pod)]
    .filter(({ matcher }) => snapshot.matches(matcher, pod))
    .map(({ topologyKey, counts }) => ({ topologyKey, counts, weight: 1 }));
  return [...own, ...theirs];
}
