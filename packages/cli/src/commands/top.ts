/** kubectl top: what nodes and pods use, by the metrics API; says so where there is none. */
import type { Node, Pod } from '@mkube/api';
import { formatDuration } from '@mkube/apimachinery';
import { bool, type CommandGroup, defineCommand, subcommandsOf, text } from '../command.ts';
import { CommandError } from '../io.ts';
import { addAmounts, amountOf, cells, share, sortRows, totalOf, type Usage } from '../metrics/usage.ts';
import { createTextTable } from '../printers/text-table.ts';
import type { Session } from '../session.ts';

interface Metrics {
  metadata: { name: string; namespace?: string };
  usage?: Usage;
  containers?: { name: string; usage: Usage }[];
}

/** As kubectl has it: how long a pod may go without metrics. */
const METRICS_DELAY_MS = 120_000;

const shared = {
  selector: text('Selector (label query) to filter on.', { short: 'l' }),
  'sort-by': text("If non-empty, sort using specified field. The field can be either 'cpu' or 'memory'."),
  'no-headers': bool('If present, print output without headers.'),
} as const;

function checkSort(by: string | undefined): void {
  if (by !== undefined && by !== 'cpu' && by !== 'memory')
    throw new CommandError('--sort-by accepts only cpu or memory');
}

/** The newest version of the metrics API that the server has. */
async function metricsRoot(session: Session): Promise<string> {
  const groups = await (await session.mapper()).groups();
  const versions = groups.find((g) => g.group === 'metrics.k8s.io')?.versions ?? [];
  const version = ['v1', 'v1beta1'].find((v) => versions.includes(v));
  if (!version) throw new CommandError('Metrics API not available');
  return `/apis/metrics.k8s.io/${version}`;
}

async function read(session: Session, path: string, name: string | undefined, selector: string | undefined) {
  const [root, rest] = [await metricsRoot(session), await session.rest()];
  if (name !== undefined) return [await rest.json<Metrics>({ path: `${root}${path}/${encodeURIComponent(name)}` })];
  return (await rest.json<{ items: Metrics[] }>({ path: root + path, query: { labelSelector: selector } })).items;
}

/** No metrics although there are pods: they are too young to have some, or nobody measures them. */
async function explainNothing(session: Session, namespace: string | undefined, labelSelector: string | undefined) {
  const path = namespace === undefined ? '/api/v1/pods' : `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods`;
  const { items } = await (await session.rest()).json<{ items: Pod[] }>({ path, query: { labelSelector } });
  for (const { metadata } of items) {
    const age = Date.now() - Date.parse(metadata.creationTimestamp);
    if (age <= METRICS_DELAY_MS) continue;
    const shown = formatDuration(BigInt(age) * 1_000_000n);
    throw new CommandError(`Metrics not available for pod ${metadata.namespace ?? ''}/${metadata.name}, age: ${shown}`);
  }
  if (items.length > 0) throw new CommandError('metrics not available yet');
}

const pod = defineCommand({
  name: 'pod',
  usage: '[NAME | -l label]',
  summary: 'Display resource (CPU/memory) usage of pods.',
  examples: '  mkube top pod --all-namespaces\n  mkube top pod POD_NAME --containers',
  flags: {
    ...shared,
    containers: bool('If present, print usage of containers within a pod.'),
    'all-namespaces': bool('If present, list the requested object(s) across all namespaces.', { short: 'A' }),
    sum: bool('Print the sum of the resource usage'),
  },
  async run({ args: [name], flags, io, session }) {
    checkSort(flags['sort-by']);
    if (name !== undefined && flags.selector) throw new CommandError('only one of NAME or selector can be provided');
    const namespace = await session.namespace();
    const all = flags['all-namespaces'];
    const found = await read(
      session,
      all ? '/pods' : `/namespaces/${encodeURIComponent(namespace)}/pods`,
      name,
      flags.selector,
    );
    if (found.length === 0) await explainNothing(session, all ? undefined : namespace, flags.selector);
    if (found.length === 0) io.err(`No resources found${all ? '' : ` in ${namespace} namespace.`}\n`);
    if (found.length === 0) return;
    const rows = sortRows(
      found.map((of) => ({
        of,
        key: `${of.metadata.namespace ?? ''}/${of.metadata.name}`,
        amount: totalOf((of.containers ?? []).map((c) => c.usage)),
      })),
      flags['sort-by'],
    );
    const head = [
      ...(all ? ['NAMESPACE'] : []),
      ...(flags.containers ? ['POD'] : []),
      'NAME',
      'CPU(cores)',
      'MEMORY(bytes)',
    ];
    const lead = ({ metadata }: Metrics): string[] => (all ? [metadata.namespace ?? ''] : []);
    const lines = rows.flatMap(({ of, amount }) =>
      flags.containers
        ? sortRows(
            (of.containers ?? []).map(({ name: key, usage }) => ({ key, amount: amountOf(usage) })),
            flags['sort-by'],
          ).map((c) => [...lead(of), of.metadata.name, c.key, ...cells(c.amount)])
        : [[...lead(of), of.metadata.name, ...cells(amount)]],
    );
    const blank = head.slice(2).map(() => '');
    const total = rows.map((r) => r.amount).reduce(addAmounts, { cpu: 0, memory: 0 });
    const sums = flags.sum
      ? [
          [...blank, '________', '________'],
          [...blank, ...cells(total)],
        ]
      : [];
    print([...(flags['no-headers'] ? [] : [head]), ...lines, ...sums]);

    function print(table: string[][]): void {
      io.out(createTextTable().print(table.map((row) => [...row, ''])));
    }
  },
});

const node = defineCommand({
  name: 'node',
  usage: '[NAME | -l label]',
  summary: 'Display resource (CPU/memory) usage of nodes.',
  flags: {
    ...shared,
    'show-capacity': bool('Print node resources based on Capacity instead of Allocatable of the nodes.'),
  },
  async run({ args: [name], flags, io, session }) {
    checkSort(flags['sort-by']);
    if (name !== undefined && flags.selector) throw new CommandError('only one of NAME or selector can be provided');
    const found = await read(session, '/nodes', name, flags.selector);
    const { items } = await (
      await session.rest()
    ).json<{ items: Node[] }>({ path: '/api/v1/nodes', query: { labelSelector: flags.selector } });
    const rows = found.map((of) => ({ key: of.metadata.name, amount: amountOf(of.usage ?? {}) }));
    const lines = sortRows(rows, flags['sort-by']).map(({ key, amount }) => {
      const { status } = items.find((n) => n.metadata.name === key) ?? {};
      const whole = amountOf((flags['show-capacity'] ? status?.capacity : status?.allocatable) ?? {});
      const [cpu, memory] = cells(amount);
      return [key, cpu, share(amount.cpu, whole.cpu), memory, share(amount.memory, whole.memory), ''];
    });
    const unknown = items
      .filter((n) => name === undefined && !found.some((f) => f.metadata.name === n.metadata.name))
      .map((n) => [n.metadata.name, ...Array.from({ length: 4 }, () => '<unknown>'), '']);
    const head = flags['no-headers'] ? [] : [['NAME', 'CPU(cores)', 'CPU(%)', 'MEMORY(bytes)', 'MEMORY(%)', '']];
    io.out(createTextTable().print([...head, ...lines, ...unknown]));
  },
});

export const command: CommandGroup = {
  name: 'top',
  summary: 'Display resource (CPU/memory) usage.',
  subcommands: subcommandsOf([node, pod]).map((entry) => ({
    ...entry,
    aliases: entry.name === 'pod' ? ['pods', 'po'] : ['nodes', 'no'],
  })),
};
