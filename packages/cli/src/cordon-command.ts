/** cordon and uncordon: whether new pods may come to a node. drain begins with the former. */
import type { Node } from '@mkube/api';
import { type AnyCommand, defineCommand, text } from './command.ts';
import { CommandError, type Io } from './io.ts';
import { pathOf } from './mapper.ts';
import type { Rest } from './rest.ts';
import { selectObjects } from './select.ts';
import type { Session } from './session.ts';

export const NODES = { group: '', version: 'v1', resource: 'nodes', namespaced: false } as const;

export const cordonCommand = (name: 'cordon' | 'uncordon'): AnyCommand =>
  defineCommand({
    name,
    usage: 'NODE',
    summary: name === 'cordon' ? 'Mark node as unschedulable.' : 'Mark node as schedulable.',
    flags: { selector: text('Selector (label query) to filter on.', { short: 'l' }) },
    async run({ args, flags, io, session }) {
      const rest = await session.rest();
      for (const node of await nodesOf({ args, selector: flags.selector, rest, session }))
        await setUnschedulable({ rest, io, node, wanted: name === 'cordon' });
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
}: {
  rest: Rest;
  io: Io;
  node: string;
  wanted: boolean;
}): Promise<void> {
  const path = pathOf(NODES, undefined, node);
  const now = await rest.json<Node>({ path });
  if ((now.spec.unschedulable ?? false) === wanted) {
    io.out(`node/${node} already ${wanted ? 'cordoned' : 'uncordoned'}\n`);
    return;
  }
  await rest.json({
    method: 'PATCH',
    path,
    contentType: 'application/strategic-merge-patch+json',
    body: { spec: { unschedulable: wanted ? true : null } },
  });
  io.out(`node/${node} ${wanted ? 'cordoned' : 'uncordoned'}\n`);
}
