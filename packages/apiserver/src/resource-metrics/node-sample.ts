/** What a kubelet's /metrics/resource says at one moment, as points that rates are made of. Pure. */
import { parseSamples, type ParsedSample } from '@mkube/apimachinery';

/** One reading of a node or container. */
export interface Point {
  /** Milliseconds since 1970. */
  at: number;
  /** Core-seconds used since it began. */
  cpuSeconds: number;
  /** Its working set. */
  memoryBytes: number;
  /** Milliseconds since 1970; what began anew counts from nothing again. */
  startedAt: number | undefined;
}

/** The containers of a pod by name. */
export type PodPoints = ReadonlyMap<string, Point>;

export interface NodeSample {
  at: number;
  node: Point | undefined;
  /** By 'namespace/name'. */
  pods: ReadonlyMap<string, PodPoints>;
}

const CPU = 'cpu_usage_seconds_total';
const MEMORY = 'memory_working_set_bytes';

/** `at` stands in for the time of samples that say none. */
export function nodeSampleOf(text: string, at: number): NodeSample {
  const node = new Reading();
  const pods = new Map<string, Map<string, Reading>>();
  for (const sample of parseSamples(text)) {
    if (sample.name.startsWith('node_')) node.take(sample, 'node_');
    if (sample.name.startsWith('container_')) containerOf(pods, sample).take(sample, 'container_');
  }
  const points = [...pods].map(([key, containers]): [string, PodPoints] => [key, pointsOf(containers, at)]);
  return { at, node: node.point(at), pods: new Map(points.filter(([, of]) => of.size > 0)) };
}

class Reading {
  #at: number | undefined;
  #cpu: number | undefined;
  #memory: number | undefined;
  #startedAt: number | undefined;

  take({ name, value, timestamp }: ParsedSample, prefix: string): void {
    const what = name.slice(prefix.length);
    if (what === CPU) this.#cpu = value;
    if (what === CPU) this.#at = timestamp;
    if (what === MEMORY) this.#memory = value;
    if (what === 'start_time_seconds') this.#startedAt = value * 1000;
  }

  /** Only where nothing of it is missing. */
  point(otherwise: number): Point | undefined {
    const [cpuSeconds, memoryBytes] = [this.#cpu, this.#memory];
    if (cpuSeconds === undefined || memoryBytes === undefined) return undefined;
    return { at: this.#at ?? otherwise, cpuSeconds, memoryBytes, startedAt: this.#startedAt };
  }
}

function containerOf(pods: Map<string, Map<string, Reading>>, { labels }: ParsedSample): Reading {
  const key = `${labels['namespace'] ?? ''}/${labels['pod'] ?? ''}`;
  const containers = pods.get(key) ?? new Map<string, Reading>();
  pods.set(key, containers);
  const name = labels['container'] ?? '';
  const reading = containers.get(name) ?? new Reading();
  containers.set(name, reading);
  return reading;
}

const pointsOf = (containers: ReadonlyMap<string, Reading>, at: number): PodPoints =>
  new Map(
    [...containers].flatMap(([name, reading]) => {
      const point = reading.point(at);
      return point ? [[name, point]] : [];
    }),
  );
