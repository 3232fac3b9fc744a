/** What may stand next on a command line: commands, flags, resource types, names. For the scripts of `completion`; never says an error. */
import { type AnyCommand, type CommandGroup, defineCommand, isGroup } from '../command.ts';
import { globalFlags } from '../global-flags.ts';
import { pathOf } from '../mapper.ts';
import type { Session } from '../session.ts';

/** Verbs whose first word is a type of resource. */
const OF_TYPES = new Set(
  'get describe delete edit label annotate patch scale autoscale expose explain wait rollout set taint'.split(' '),
);
/** Verbs whose first word is a pod. */
const OF_PODS = new Set('logs exec attach port-forward cp debug'.split(' '));
const OF_NODES = new Set('cordon uncordon drain'.split(' '));

export const command = defineCommand({
  name: '__complete',
  summary: 'Completions for the shell.',
  flags: {},
  async run({ args, dashArgs, io, session, root }) {
    const words = dashArgs ?? args;
    const partial = words.at(-1) ?? '';
    const found = await candidates(words.slice(0, -1), partial, { session, root }).catch(() => []);
    io.out(
      found
        .filter((c) => c.startsWith(partial))
        .map((c) => `${c}\n`)
        .join(''),
    );
  },
});

async function candidates(
  before: readonly string[],
  partial: string,
  { session, root }: { session: Session; root: CommandGroup },
): Promise<string[]> {
  let at: CommandGroup | AnyCommand = root;
  const operands: string[] = [];
  for (const word of before) {
    if (word.startsWith('-')) continue;
    const entry: CommandGroup['subcommands'][number] | undefined = isGroup(at)
      ? at.subcommands.find((s) => s.name === word || s.aliases?.includes(word))
      : undefined;
    if (entry) at = await entry.load();
    else operands.push(word);
  }
  if (partial.startsWith('-')) return flagsOf(at);
  if (isGroup(at)) return at.subcommands.filter((s) => !s.hidden).map((s) => s.name);
  const verb = before.find((w) => !w.startsWith('-')) ?? '';
  if (OF_PODS.has(verb)) return operands.length === 0 ? names('pods', session) : [];
  if (OF_NODES.has(verb)) return names('nodes', session);
  if (!OF_TYPES.has(verb)) return [];
  const [type] = operands;
  if (type !== undefined) return names(type, session);
  const [slashed] = partial.split('/');
  if (partial.includes('/')) return (await names(slashed ?? '', session)).map((n) => `${slashed}/${n}`);
  return [
    ...new Set((await (await session.mapper()).all()).filter((m) => m.preferred).map((m) => m.resource)),
  ].toSorted();
}

const flagsOf = (at: CommandGroup | AnyCommand): string[] =>
  Object.keys({ ...(isGroup(at) ? at.own?.flags : at.flags), ...globalFlags })
    .map((f) => `--${f}`)
    .toSorted();

async function names(type: string, session: Session): Promise<string[]> {
  const mapping = await (await session.mapper()).byName(type);
  const { items } = await (
    await session.rest()
  ).json<{ items: { metadata: { name: string } }[] }>({
    path: pathOf(mapping, await session.namespace()),
    query: { limit: 500 },
    accept: 'application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io,application/json',
    signal: AbortSignal.timeout(3000),
  });
  return items.map((i) => i.metadata.name);
}
