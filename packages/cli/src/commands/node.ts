/** mkube node add|stop|start|remove. */
import { clusterFlags, gracefulFlag, withCluster } from '../cluster-flags.ts';
import { type AnyCommand, type CommandGroup, defineCommand, subcommandsOf } from '../command.ts';
import { CommandError } from '../io.ts';

const add = defineCommand({
  name: 'add',
  usage: '[NODE]',
  summary: 'Add a node and start it.',
  flags: clusterFlags,
  async run({ args, flags, io }) {
    const [node, ...more] = args;
    if (more.length > 0) throw new CommandError('at most one NODE may be named');
    const added = await withCluster(flags, io, (ref, cluster) => cluster.nodeAdd({ ...ref, node }));
    io.out(`node/${added.name} added\n`);
  },
});

const change = (name: 'start' | 'remove', past: string, summary: string): AnyCommand =>
  defineCommand({
    name,
    usage: 'NODE',
    summary,
    flags: clusterFlags,
    async run({ args, flags, io }) {
      const node = oneNode(args);
      await withCluster(flags, io, (ref, cluster) => {
        const act = { start: cluster.nodeStart, remove: cluster.nodeRemove }[name];
        return act({ ...ref, node });
      });
      io.out(`node/${node} ${past}\n`);
    },
  });

const stop = defineCommand({
  name: 'stop',
  usage: 'NODE',
  summary: 'Turn a node off, as if it lost power.',
  flags: { ...clusterFlags, graceful: gracefulFlag },
  async run({ args, flags, io }) {
    const node = oneNode(args);
    await withCluster(flags, io, (ref, cluster) => cluster.nodeStop({ ...ref, node, graceful: flags.graceful }));
    io.out(`node/${node} stopped\n`);
  },
});

function oneNode([node, ...more]: string[]): string {
  if (node !== undefined && more.length === 0) return node;
  throw new CommandError(`exactly one NODE is required, got ${node === undefined ? 0 : more.length + 1}`);
}

const all = [
  add,
  stop,
  change('start', 'started', 'Turn a stopped node on.'),
  change('remove', 'removed', 'Turn a node off and take it out of the cluster.'),
];

export const command: CommandGroup = {
  name: 'node',
  summary: 'Add, stop, start or remove a node of the local cluster.',
  subcommands: subcommandsOf(all),
};
