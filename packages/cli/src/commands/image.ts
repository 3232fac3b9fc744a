/** mkube image load|ls. */
import * as path from 'node:path';
import { clusterFlags, withCluster } from '../cluster-flags.ts';
import { type CommandGroup, defineCommand, text, subcommandsOf } from '../command.ts';
import { CommandError } from '../io.ts';
import { formatJson } from '../printers/structured.ts';
import { createTextTable } from '../printers/text-table.ts';

const load = defineCommand({
  name: 'load',
  usage: 'ARCHIVE...',
  summary: 'Load images from archives (docker save, OCI layout) into every node.',
  examples: '  docker save my-app | mkube image load /dev/stdin\n  mkube image load my-app.tar',
  flags: clusterFlags,
  async run({ args, flags, io }) {
    if (args.length === 0) throw new CommandError('at least one ARCHIVE is required');
    for (const archive of args) {
      const refs = await withCluster(flags, io, (ref, cluster) =>
        cluster.imageLoad({ ...ref, archive: path.resolve(io.cwd, archive) }),
      );
      for (const name of refs) io.out(`image/${name} loaded\n`);
    }
  },
});

const ls = defineCommand({
  name: 'ls',
  summary: 'List the images that nodes have.',
  flags: { ...clusterFlags, output: text('Output format. One of: (json).', { short: 'o' }) },
  async run({ flags, io }) {
    const images = await withCluster(flags, io, (ref, cluster) => cluster.imageList(ref));
    if (flags.output === 'json') {
      io.out(formatJson(images));
      return;
    }
    const rows = images.map((image) => [
      image.tags[0] ?? '<none>',
      image.id.replace(/^sha256:/, '').slice(0, 12),
      `${(image.size / 1e6).toFixed(1)}MB`,
    ]);
    io.out(createTextTable().print([['IMAGE', 'IMAGE ID', 'SIZE'], ...rows]));
  },
});

export const command: CommandGroup = {
  name: 'image',
  summary: 'Load images into the cluster and list them.',
  subcommands: subcommandsOf([load, ls]),
};
