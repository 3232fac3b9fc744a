/**
 * One decision: which node a pod goes to, or why none can take it. Synchronous and without side effects, so what it decides on cannot
 * change under it. With many nodes only a part of them is looked at: enough that fit, starting where the last decision stopped.
 */
import { type FitError, type Objection, noNodes, podRejected } from './fit-error.ts';
import type { NodeFilter, Plugin, Unfit } from './plugins/plugin.ts';
import type { NodeInfo } from './snapshot/node-info.ts';
import type { PodInfo } from './snapshot/pod-info.ts';
import type { Snapshot } from './snapshot.ts';

export interface DecideOptions {
  snapshot: Snapshot;
  plugins: readonly Plugin[];
  random: () => number;
  /** Index of the node to look at first. */
  start?: number;
}

/** `examined` is how far the search went among all nodes. */
export type Decision = { node: NodeInfo; examined: number } | { failure: FitError; examined: number };

export function schedulePod(pod: PodInfo, options: DecideOptions): Decision {
  const { snapshot, plugins, start = 0 } = options;
  if (snapshot.nodes.length === 0) return { failure: noNodes(), examined: 0 };
  const prepared = prepareFilters(pod, { snapshot, plugins });
  if ('rejected' in prepared) return { failure: podRejected(prepared, snapshot.nodes.length), examined: 0 };
  const search = new Search(pod, { snapshot, plugins, prepared });
  const nominated = snapshot.node(pod.pod.status?.nominatedNodeName ?? '');
  if (nominated && search.fits(nominated)) return { node: nominated, examined: 0 };
  const { feasible, examined } = search.find(start);
  if (feasible.length === 0) return { failure: search.failure(), examined };
  return { node: bestOf(pod, feasible, options), examined };
}

interface NamedFilter {
  plugin: string;
  filter: NodeFilter;
}

export interface PreparedFilters {
  filters: readonly NamedFilter[];
  /** The nodes that come into question, when that is known beforehand, and who says so. */
  nodes?: { names: ReadonlySet<string>; plugin: string };
}

export function prepareFilters(
  pod: PodInfo,
  { snapshot, plugins }: Pick<DecideOptions, 'snapshot' | 'plugins'>,
): PreparedFilters | { rejected: Unfit; plugin: string } {
  const filters: NamedFilter[] = [];
  let nodes: PreparedFilters['nodes'];
  for (const plugin of plugins) {
    const prepared = plugin.prepare?.(pod, snapshot);
    if (!prepared) continue;
    if ('rejected' in prepared) return { rejected: prepared.rejected, plugin: plugin.name };
    filters.push({ plugin: plugin.name, filter: prepared.filter });
    if ('nodes' in prepared) nodes = { names: prepared.nodes, plugin: plugin.name };
  }
  return nodes ? { filters, nodes } : { filters };
}

/** The first objection to a node, if any. */
export function objectionTo(node: NodeInfo, filters: readonly NamedFilter[]): Objection | undefined {
  for (const { plugin, filter } of filters) {
    const unfit = filter(node);
    if (unfit) return { plugin, unfit };
  }
  return undefined;
}

class Search {
  readonly #pod: PodInfo;
  readonly #options: Pick<DecideOptions, 'snapshot' | 'plugins'>;
  readonly #prepared: PreparedFilters;

  constructor(pod: PodInfo, options: Pick<DecideOptions, 'snapshot' | 'plugins'> & { prepared: PreparedFilters }) {
    this.#pod = pod;
    this.#options = options;
    this.#prepared = options.prepared;
  }

  fits(node: NodeInfo): boolean {
    return this.#objection(node) === undefined;
  }

  find(start: number): { feasible: NodeInfo[]; examined: number } {
    const nodes = this.#candidates();
    const wanted = nodesToFind(nodes.length);
    const feasible: NodeInfo[] = [];
    let examined = 0;
    for (; examined < nodes.length && feasible.length < wanted; examined++) {
      const node = nodes[(start + examined) % nodes.length];
      if (node && this.fits(node)) feasible.push(node);
    }
    return { feasible, examined };
  }

  /** Asks all nodes again, for their reasons: that costs only pods which cannot be placed. */
  failure(): FitError {
    const { nodes } = this.#options.snapshot;
    const { nodes: only } = this.#prepared;
    const candidates = this.#candidates();
    const others = nodes.length - candidates.length;
    const leftOut = only && others > 0 ? { count: others, plugin: only.plugin } : undefined;
    const failures = candidates.flatMap((node) => {
      const objection = this.#objection(node);
      return objection ? { node, ...objection } : [];
    });
    return { nodes: nodes.length, failures, ...(leftOut && { leftOut }) };
  }

  #candidates(): readonly NodeInfo[] {
    const { nodes: only } = this.#prepared;
    const { snapshot } = this.#options;
    return only ? [...only.names].flatMap((name) => snapshot.node(name) ?? []) : snapshot.nodes;
  }

  /** Pods of at least the same priority for which room is being made there have a right to it; but they may also never come. */
  #objection(node: NodeInfo): Objection | undefined {
    const { snapshot } = this.#options;
    const failure = objectionTo(node, this.#prepared.filters);
    const nominated = snapshot.nominated.get(node.name);
    if (failure || !nominated) return failure;
    const rivals = [...nominated.values()].filter((p) => p.priority >= this.#pod.priority && p.key !== this.#pod.key);
    if (rivals.length === 0) return undefined;
    return snapshot.including(rivals, node.name, () => {
      const prepared = prepareFilters(this.#pod, this.#options);
      if ('rejected' in prepared) return { plugin: prepared.plugin, unfit: prepared.rejected };
      return objectionTo(node, prepared.filters);
    });
  }
}

const LEAST_TO_FIND = 100;

/** As Kubernetes: all of up to 100; of more a share that shrinks from 50 to 5 percent, but never under 100. */
export function nodesToFind(nodes: number): number {
  if (nodes <= LEAST_TO_FIND) return nodes;
  const percent = Math.max(5, 50 - Math.floor(nodes / 125));
  return Math.max(LEAST_TO_FIND, Math.floor((nodes * percent) / 100));
}

/** One of those with the highest score. */
function bestOf(pod: PodInfo, nodes: readonly NodeInfo[], { snapshot, plugins, random }: DecideOptions): NodeInfo {
  const [only] = nodes;
  if (only && nodes.length === 1) return only;
  const totals = new Float64Array(nodes.length);
  for (const { score, weight = 1 } of plugins) {
    const scores = score?.(pod, nodes, snapshot);
    if (scores) for (let i = 0; i < totals.length; i++) totals[i] = (totals[i] ?? 0) + weight * (scores[i] ?? 0);
  }
  const best = indexOfMost(totals, random);
  return nodes[best] as NodeInfo;
}

function indexOfMost(totals: Float64Array, random: () => number): number {
  let best = 0;
  let equals = 1;
  for (let i = 1; i < totals.length; i++) {
    const difference = (totals[i] ?? 0) - (totals[best] ?? 0);
    if (difference > 0) [best, equals] = [i, 1];
    else if (difference === 0 && random() * ++equals < 1) best = i;
  }
  return best;
}
