/** kubectl taint. */
import type { Node, Taint } from '@mkube/api';
import { bool, defineCommand, text } from '../command.ts';
import { NODES } from '../cordon-command.ts';
import { CommandError } from '../io.ts';
import { pathOf } from '../mapper.ts';

const EFFECTS = ['NoSchedule', 'PreferNoSchedule', 'NoExecute'];

export const command = defineCommand({
  name: 'taint',
  usage: 'NODE NAME KEY_1=VAL_1:TAINT_EFFECT_1 ... KEY_N=VAL_N:TAINT_EFFECT_N',
  summary: 'Update the taints on one or more nodes.',
  examples: '  mkube taint nodes foo dedicated=special-user:NoSchedule\n  mkube taint nodes foo dedicated-',
  flags: {
    overwrite: bool(
      'If true, allow taints to be overwritten, otherwise reject taint updates that overwrite existing taints.',
    ),
    all: bool('Select all nodes in the cluster'),
    selector: text('Selector (label query) to filter on.', { short: 'l' }),
  },
  async run({ args, flags, io, session }) {
    const [type, ...words] = args;
    if (!['node', 'nodes', 'no'].includes(type ?? ''))
      throw new CommandError(`invalid resource type ${type ?? ''}, only node(s) is supported`);
    const changes = words.filter((w) => w.includes(':') || w.endsWith('-') || w.includes('='));
    if (changes.length === 0) throw new CommandError('at least one taint update is required');
    for (const change of changes) if (!change.endsWith('-')) taintOf(change);
    const rest = await session.rest();
    const named = words.filter((w) => !changes.includes(w));
    const names =
      flags.all || flags.selector
        ? (
            await rest.json<{ items: Node[] }>({ path: pathOf(NODES), query: { labelSelector: flags.selector } })
          ).items.map((n) => n.metadata.name)
        : named;
    if (names.length === 0)
      throw new CommandError('one or more resources must be specified as <resource> <name> or <resource>/<name>');
    for (const name of names) {
      const node = await rest.json<Node>({ path: pathOf(NODES, undefined, name) });
      const { taints, added } = changed(node.spec.taints ?? [], changes, flags.overwrite, name);
      await rest.json({
        method: 'PATCH',
        path: pathOf(NODES, undefined, name),
        contentType: 'application/merge-patch+json',
        query: { fieldManager: 'kubectl-taint' },
        body: { spec: { taints } },
      });
      io.out(`node/${name} ${added ? 'tainted' : 'untainted'}\n`);
    }
  },
});

function changed(
  before: readonly Taint[],
  words: readonly string[],
  overwrite: boolean,
  node: string,
): { taints: Taint[]; added: boolean } {
  let taints = [...before];
  let added = false;
  for (const word of words) {
    if (word.endsWith('-')) {
      const [key, effect] = word.slice(0, -1).split(':');
      const kept = taints.filter((t) => t.key !== key || (effect !== undefined && t.effect !== effect));
      if (kept.length === taints.length) throw new CommandError(`taint "${word.slice(0, -1)}" not found`);
      taints = kept;
      continue;
    }
    const { key, effect, value } = taintOf(word);
    if (taints.some((t) => t.key === key && t.effect === effect) && !overwrite)
      throw new CommandError(`node ${node} already has ${key} taint(s) with same effect(s) and --overwrite is false`);
    taints = [...taints.filter((t) => t.key !== key || t.effect !== effect), { key, ...(value && { value }), effect }];
    added = true;
  }
  return { taints, added };
}

/** 'key=value:NoSchedule' */
function taintOf(word: string): Taint {
  const [head = '', effect = ''] = word.split(':');
  const [key = '', value] = head.split('=');
  if (!EFFECTS.includes(effect))
    throw new CommandError(
      `invalid taint effect: ${effect}, unsupported taint effect\nSee 'mkube taint -h' for help and examples`,
    );
  return { key, ...(value && { value }), effect: effect as Taint['effect'] };
}
