/** cordon and uncordon: whether new pods may come to a node. drain begins with the former. */
import type { Node } from '@mkube/api';
import { type AnyCommand, defineCommand, text, textOr } from './command.ts';
import { CommandError, type Io } from './io.ts';
import { pathOf } from './mapper.ts';
import type { Rest } from './rest.ts';
import { selectObjects } from './select.ts';
import type { Session } from './session.ts';
import { dryRunOf } from './submit.ts';

export const NODES = { group: '', version: 'v1', resource: 'nodes', namespaced: false } as const;

export const cordonCommand = (name: 'cordon' | 'uncordon'): AnyCommand =>
  defineCommand({
    name,
    usage: 'NODE',
    summary: name === 'cordon' ? 'Mark node as unschedulable.' : 'Mark node as schedulable.',
    flags: {
      selector: text('Selector (label query) to filter on.', { short: 'l' }),
      'dry-run': textOr('none', 'Must be "none", "server", or "client".', { optionalValue: 'unchanged' }),
    },
    async run({ args, flags, io, session }) {
      const rest = await session.rest();
      for (const node of await nodesOf({ args, selector: flags.selector, rest, session }))
        await setUnschedulable({ rest, io, node, wanted: name === 'cordon', dryRun: dryRunOf(flags['dry-run']) });
    },
  });

export async function nodesOf({
  args,
  selector,
  rest,
  session,
}: {
  args: string[];
  selector: string | undefined;
  rest: Rest;
  session: Pick<Session, 'mapper'>;
}): Promise<string[]> {
  const names = args.map((a) => a.replace(/^nodes?\//, ''));
  if (names.length > 0) return names;
  if (!selector) throw new CommandError('USAGE: a NODE or a --selector is required');
  const mapping = await (await session.mapper()).byName('nodes');
  return (await selectObjects({ targets: [{ mapping }], rest, namespace: undefined, selector, all: false })).map(
    (s) => s.name,
  );
}

export async function setUnschedulable({
  rest,
  io,
  node,
  wanted,
  dryRun,
}: {
  rest: Rest;
  io: Io;
  node: string;
  wanted: boolean;
  dryRun: 'none' | 'client' | 'server';
}): Promise<void> {
  const path = pathOf(NODES, undefined, node);
  const now = await rest.json<Node>({ path });
  const suffix = dryRun === 'client' ? ' (dry run)' : dryRun === 'server' ? ' (server dry run)' : '';
  if ((now.spec.unschedulable ?? false) === wanted) {
    io.out(`node/${node} already ${wanted ? 'cordoned' : 'uncordoned'}${suffix}\n`);
    return;
  }
  if (dryRun !== 'client')
    await rest.json({
      method: 'PATCH',
      path,
      query: { dryRun: dryRun === 'server' ? 'All' : undefined },
      contentType: 'application/strategic-merge-patch+json',
      body: { spec: { unschedulable: wanted ? true : null } },
    });
  io.out(`node/${node} ${wanted ? 'cordoned' : 'uncordoned'}${suffix}\n`);
}
