/**
 * What nodes and their containers use, asked of the kubelets (/metrics/resource) when somebody wants to know and never
 * otherwise: a cluster that nobody looks at does no work for it. Whoever asks in short order shares one answer; a node
 * that has not been asked lately is asked twice, a second apart, since a rate needs two readings.
 */
import { setTimeout as pause } from 'node:timers/promises';
import type { IncomingMessage } from 'node:http';
import type { Logger } from 'pino';
import type { KubeletAddress } from '../kubelet/kubelet-address.ts';
import type { KubeletClient } from '../kubelet/kubelet-client.ts';
import { type NodeSample, nodeSampleOf } from './node-sample.ts';
import { baselineOf, KEPT_MS, keptWith } from './rates.ts';

export interface Measured {
  now: NodeSample;
  before: NodeSample | undefined;
}

export interface ResourceMetricsOptions {
  kubelets: KubeletClient;
  addressOf(node: string): KubeletAddress;
  clock(): Date;
  log: Logger;
  /** Between the two readings of a node that has not been asked lately; default 1 s. */
  firstWindowMs?: number;
}

/** So long an answer serves for all who ask, a failure too. */
const FRESH_MS = 5000;
const DEADLINE_MS = 5000;
const MOST_BYTES = 64 * 1024 * 1024;

interface Node {
  samples: NodeSample[];
  failedAt: number;
  asking: Promise<void> | undefined;
}

export class ResourceMetrics {
  readonly #options: ResourceMetricsOptions;
  readonly #nodes = new Map<string, Node>();

  constructor(options: ResourceMetricsOptions) {
    this.#options = options;
  }

  /** Nodes that do not answer are left out. */
  async read(names: Iterable<string>): Promise<Map<string, Measured>> {
    this.#forgetOld();
    const entries = await Promise.all(
      [...new Set(names)].map(async (name) => [name, await this.#measure(name)] as const),
    );
    return new Map(entries.flatMap(([name, measured]) => (measured ? [[name, measured]] : [])));
  }

  /** Of nodes that nobody has asked about for long nothing is of use any more. */
  #forgetOld(): void {
    const now = this.#options.clock().getTime();
    for (const [name, node] of this.#nodes)
      if (!node.asking && now - lastAsked(node) > KEPT_MS) this.#nodes.delete(name);
  }

  async #measure(name: string): Promise<Measured | undefined> {
    const node: Node = this.#nodes.get(name) ?? { samples: [], failedAt: -Infinity, asking: undefined };
    this.#nodes.set(name, node);
    node.asking ??= this.#refresh(name, node).finally(() => (node.asking = undefined));
    await node.asking;
    const now = node.samples.at(-1);
    if (!now || node.failedAt > now.at) return undefined;
    return { now, before: baselineOf(node.samples) };
  }

  async #refresh(name: string, node: Node): Promise<void> {
    if (this.#options.clock().getTime() - lastAsked(node) < FRESH_MS) return;
    try {
      node.samples = keptWith(node.samples, await this.#ask(name));
      if (node.samples.length > 1) return;
      await pause(this.#options.firstWindowMs ?? 1000);
      node.samples = keptWith(node.samples, await this.#ask(name));
    } catch (error) {
      node.failedAt = this.#options.clock().getTime();
      const why = error instanceof Error ? error.message : String(error);
      this.#options.log.info({ node: name, why }, 'a kubelet does not tell what its containers use');
    }
  }

  async #ask(name: string): Promise<NodeSample> {
    const { kubelets, addressOf, clock } = this.#options;
    const signal = AbortSignal.timeout(DEADLINE_MS);
    const response = await kubelets.request({ address: addressOf(name), path: '/metrics/resource', signal });
    const text = await textOf(response);
    if (response.statusCode !== 200)
      throw new Error(`the kubelet answered ${response.statusCode}: ${text.slice(0, 200)}`);
    return nodeSampleOf(text, clock().getTime());
  }
}

const lastAsked = ({ samples, failedAt }: Node): number => Math.max(samples.at(-1)?.at ?? -Infinity, failedAt);

async function textOf(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    size += chunk.length;
    if (size > MOST_BYTES) throw new Error('the kubelet says more than can be read');
  }
  return Buffer.concat(chunks).toString();
}
