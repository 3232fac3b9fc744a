/** kubectl events. */
import type { Event } from '@mkube/api';
import { formatAge } from '@mkube/apimachinery';
import { bool, defineCommand, text } from '../command.ts';
import { CommandError } from '../io.ts';
import { createTextTable } from '../printers/text-table.ts';
import { watchFrames } from '../watch.ts';

export const command = defineCommand({
  name: 'events',
  usage: '[--for TYPE/NAME] [--watch] [--types=Normal,Warning]',
  summary: 'Display events.',
  flags: {
    'all-namespaces': bool('If present, list the requested object(s) across all namespaces.', { short: 'A' }),
    for: text('Filter events to only those pertaining to the specified resource.'),
    types: text('Output only events of given types.'),
    watch: bool('After listing the requested events, watch for more events.', { short: 'w' }),
    'no-headers': bool("When using the default output format, don't print headers."),
  },
  async run({ flags, io, session }) {
    const rest = await session.rest();
    const namespace = flags['all-namespaces'] ? undefined : await session.namespace();
    const path =
      namespace === undefined ? '/api/v1/events' : `/api/v1/namespaces/${encodeURIComponent(namespace)}/events`;
    const fieldSelector = flags.for ? await selectorOf(flags.for) : undefined;
    const types = flags.types?.split(',').map((t) => t.toLowerCase());
    const isWanted = (e: Event): boolean => types === undefined || types.includes((e.type ?? '').toLowerCase());
    const list = await rest.json<{ items: Event[]; metadata: { resourceVersion: string } }>({
      path,
      query: { limit: 500, fieldSelector },
    });
    const table = createTextTable();
    const rowOf = (e: Event): string[] => [
      ...(namespace === undefined ? [e.metadata.namespace] : []),
      lastSeen(e, io.now()),
      e.type ?? '',
      e.reason ?? '',
      `${e.involvedObject.kind}/${e.involvedObject.name}`,
      (e.message ?? '').trim(),
    ];
    const rows = list.items
      .filter(isWanted)
      .toSorted((a, b) => timeOf(a) - timeOf(b))
      .map(rowOf);
    if (rows.length === 0 && !flags.watch) {
      io.err(`No events found${namespace === undefined ? '' : ` in ${namespace} namespace`}.\n`);
      return;
    }
    const heads = [
      ...(namespace === undefined ? ['NAMESPACE'] : []),
      'LAST SEEN',
      'TYPE',
      'REASON',
      'OBJECT',
      'MESSAGE',
    ];
    io.out(table.print(flags['no-headers'] ? rows : [heads, ...rows]));
    if (!flags.watch) return;
    const query = { watch: true, resourceVersion: list.metadata.resourceVersion, fieldSelector };
    const signal = rest.limited(io.signal);
    for await (const { type, object } of watchFrames(await rest.stream({ path, query, signal }), signal))
      if (type !== 'DELETED' && type !== 'BOOKMARK' && isWanted(object as Event))
        io.out(table.print([rowOf(object as Event)]));

    async function selectorOf(word: string): Promise<string> {
      const [type, name] = word.split('/');
      if (!type || !name) throw new CommandError('--for must be in resource/name form');
      const mapping = await (await session.mapper()).byName(type);
      return `involvedObject.kind=${mapping.kind},involvedObject.name=${name}`;
    }
  },
});

const timeOf = (e: Event): number =>
  Date.parse(e.series?.lastObservedTime ?? e.lastTimestamp ?? e.eventTime ?? e.metadata.creationTimestamp);

function lastSeen(e: Event, now: Date): string {
  const since = (ms: number): string => formatAge(now.getTime() - ms);
  const count = e.series?.count ?? e.count ?? 1;
  return count > 1
    ? `${since(timeOf(e))} (x${count} over ${since(Date.parse(e.firstTimestamp ?? e.eventTime ?? e.metadata.creationTimestamp))})`
    : since(timeOf(e));
}
