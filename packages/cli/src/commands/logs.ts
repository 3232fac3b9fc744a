/** kubectl logs: one container, all of them, or those of every pod a selector finds. */
import type { Pod } from '@mkube/api';
import { StatusError } from '@mkube/apimachinery';
import { bool, defineCommand, type FlagValues, intOr, text, textOr } from '../command.ts';
import { CommandError, type Io } from '../io.ts';
import { pathOf } from '../mapper.ts';
import { containerOf, podOf, podsOfOwner, PODS } from '../pods.ts';
import type { Rest } from '../rest.ts';
import { durationMillis } from '../session.ts';

const flagTable = {
  container: text('Print the logs of this container', { short: 'c' }),
  follow: bool('Specify if the logs should be streamed.', { short: 'f' }),
  previous: bool('If true, print the logs for the previous instance of the container in a pod if it exists.', {
    short: 'p',
  }),
  tail: intOr(
    -1,
    'Lines of recent log file to display. Defaults to -1 with no selector, showing all log lines otherwise 10, if a selector is provided.',
  ),
  since: textOr('0s', 'Only return logs newer than a relative duration like 5s, 2m, or 3h.'),
  'since-time': text('Only return logs after a specific date (RFC3339).'),
  timestamps: bool('Include timestamps on each line in the log output'),
  'limit-bytes': intOr(0, 'Maximum bytes of logs to return. Defaults to no limit.'),
  'all-containers': bool("Get all containers' logs in the pod(s)."),
  'all-pods': bool('Get logs from all pod(s). Sets prefix to true.'),
  prefix: bool('Prefix each log line with the log source (pod name and container name)'),
  selector: text('Selector (label query) to filter on.', { short: 'l' }),
  'ignore-errors': bool('If watching / following pod logs, allow for any errors that occur to be non-fatal'),
  'max-log-requests': intOr(5, 'Specify maximum number of concurrent logs to follow when using by a selector.'),
  'pod-running-timeout': textOr('20s', 'The length of time to wait until at least one pod is running'),
} as const;

type LogFlags = FlagValues<typeof flagTable>;

export const command = defineCommand({
  name: 'logs',
  usage: '[-f] [-p] (POD | TYPE/NAME) [-c CONTAINER]',
  summary: 'Print the logs for a container in a pod or specified resource.',
  examples: '  mkube logs hello\n  mkube logs -f hello\n  mkube logs --tail=20 --since=1h hello',
  flags: flagTable,
  async run({ args, flags, io, session }) {
    const [word, second] = args;
    if (word === undefined && !flags.selector)
      throw new CommandError(
        "expected 'logs [-f] [-p] (POD | TYPE/NAME) [-c CONTAINER]'.\nPOD or TYPE/NAME is a required argument for the logs command",
      );
    if (word !== undefined && flags.selector) throw new CommandError('only a selector (-l) or a POD name is allowed');
    if (flags.since !== '0s' && flags['since-time'])
      throw new CommandError('at most one of `sinceTime` or `sinceSeconds` may be specified');
    const [rest, namespace] = [await session.rest(), await session.namespace()];
    const wanted = flags.container ?? second;
    const pods = await podsOf();
    if (pods.length === 0) io.err(`No resources found in ${namespace} namespace.\n`);
    const sources = pods.flatMap((pod) =>
      (flags['all-containers'] ? allContainers(pod) : [containerOf(pod, wanted, io)]).map((container) => ({
        pod,
        container,
      })),
    );
    const prefix = flags.prefix || flags['all-pods'];
    if (flags.follow && sources.length > flags['max-log-requests'])
      throw new CommandError(
        `you are attempting to follow ${sources.length} log streams, but maximum allowed concurrency is ${flags['max-log-requests']}, use --max-log-requests to increase the limit`,
      );
    const print = (source: Source): Promise<void> => printLog({ rest, io, flags, prefix, ...source });
    if (flags.follow) await Promise.all(sources.map(print));
    else for (const source of sources) await print(source);

    async function podsOf(): Promise<Pod[]> {
      if (flags.selector)
        return (
          await rest.json<{ items: Pod[] }>({ path: pathOf(PODS, namespace), query: { labelSelector: flags.selector } })
        ).items;
      const target = word ?? '';
      if (flags['all-pods'] && target.includes('/')) {
        const [type = '', name = ''] = target.split('/');
        return podsOfOwner(
          rest,
          await rest.json({ path: pathOf(await (await session.mapper()).byName(type), namespace, name) }),
          namespace,
        );
      }
      try {
        const found = (count: number, taken: Pod): void =>
          io.err(`Found ${count} pods, using pod/${taken.metadata.name}\n`);
        return [await podOf({ rest, mapper: session.mapper, namespace, word: target, found })];
      } catch (error) {
        if (!(error instanceof StatusError) || target.includes('/')) throw error;
        throw new CommandError(`error from server (${error.reason}): ${error.message} in namespace "${namespace}"`, 1, {
          cause: error,
        });
      }
    }
  },
});

const allContainers = ({ spec }: Pod): string[] =>
  [...(spec.initContainers ?? []), ...spec.containers, ...(spec.ephemeralContainers ?? [])].map((c) => c.name);

interface Source {
  pod: Pod;
  container: string;
}

interface Printing extends Source {
  rest: Rest;
  io: Io;
  flags: LogFlags;
  prefix: boolean;
}

async function printLog({ rest, io, flags, prefix, pod, container }: Printing): Promise<void> {
  const tail = flags.tail >= 0 ? flags.tail : flags.selector ? 10 : undefined;
  const since = Math.ceil(durationMillis(flags.since) / 1000);
  try {
    const { body } = await rest.stream({
      path: pathOf(PODS, pod.metadata.namespace, pod.metadata.name, 'log'),
      query: {
        container,
        follow: flags.follow || undefined,
        previous: flags.previous || undefined,
        timestamps: flags.timestamps || undefined,
        tailLines: tail,
        sinceSeconds: since || undefined,
        sinceTime: flags['since-time'],
        limitBytes: flags['limit-bytes'] || undefined,
      },
      accept: 'application/json, */*',
      signal: io.signal,
    });
    const head = Buffer.from(`[pod/${pod.metadata.name}/${container}] `);
    if (prefix) for await (const line of linesOf(body)) await io.outBytes(Buffer.concat([head, line]));
    else for await (const chunk of body) await io.outBytes(chunk as Buffer);
  } catch (error) {
    if (io.signal.aborted) return;
    if (!flags['ignore-errors']) throw error;
    io.err(`error: ${(error as Error).message}\n`);
  }
}

async function* linesOf(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of chunks) {
    rest = rest.length > 0 ? Buffer.concat([rest, chunk]) : chunk;
    for (let at = rest.indexOf(10); at >= 0; at = rest.indexOf(10)) {
      yield rest.subarray(0, at + 1);
      rest = rest.subarray(at + 1);
    }
  }
  if (rest.length > 0) yield rest;
}
