/** mkube image load|ls|build. */
import * as path from 'node:path';
import { clusterFlags, withCluster } from '../cluster-flags.ts';
import { type CommandGroup, defineCommand, list, text, subcommandsOf } from '../command.ts';
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

const build = defineCommand({
  name: 'build',
  usage: '-t NAME [-f DOCKERFILE] [CONTEXT]',
  summary: 'Build an image of a Dockerfile by the Docker of this machine, for every node.',
  examples:
    '  mkube image build -t my-app .\n  mkube image build -t my-app:2 -f docker/Dockerfile --build-arg VERSION=2 .',
  flags: {
    ...clusterFlags,
    tag: text('The name of the image.', { short: 't' }),
    file: text('The Dockerfile, inside the context.', { short: 'f' }),
    'build-arg': list('A variable of the build: NAME=VALUE.'),
    target: text('The stage to build.'),
  },
  async run({ args, flags, io }) {
    const [folder = '.', ...more] = args;
    if (more.length > 0) throw new CommandError('at most one CONTEXT may be named');
    const { tag, file, target } = flags;
    if (tag === undefined) throw new CommandError('the image needs a name: -t NAME');
    const buildArgs = Object.fromEntries(flags['build-arg'].map(parseBuildArg));
    await withCluster(flags, io, (ref, cluster) =>
      cluster.imageBuild({
        ...ref,
        folder: path.resolve(io.cwd, folder),
        tag,
        buildArgs,
        say: (words) => io.out(words),
        ...(file !== undefined && { dockerfile: file }),
        ...(target !== undefined && { target }),
      }),
    );
    io.out(`image/${tag} built\n`);
  },
});

function parseBuildArg(argument: string): [string, string] {
  const at = argument.indexOf('=');
  if (at < 1) throw new CommandError(`the build argument ${JSON.stringify(argument)} is not NAME=VALUE`);
  return [argument.slice(0, at), argument.slice(at + 1)];
}

export const command: CommandGroup = {
  name: 'image',
  summary: 'Load images into the cluster, list them, build them.',
  subcommands: subcommandsOf([load, ls, build]),
};
