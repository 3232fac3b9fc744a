/** kubectl create: from files, or one of the generators below. */
import { type CommandEntry, type CommandGroup, defineCommand } from '../command.ts';
import { allManifests, fileFlags } from '../files.ts';
import { CommandError } from '../io.ts';
import { createObject, submitFlags } from '../submit.ts';

const fromFiles = defineCommand({
  name: 'create',
  usage: '-f FILENAME',
  summary: 'Create a resource from a file or from stdin.',
  examples: '  mkube create -f ./pod.json\n  cat pod.json | mkube create -f -',
  flags: { ...fileFlags, ...submitFlags },
  async run({ args, flags, io, session }) {
    const [stray] = args;
    if (stray !== undefined) throw new CommandError(`unknown command "${stray}" for "mkube create"`);
    const manifests = await allManifests(flags, io);
    for (const { object } of manifests) await createObject({ object, flags, io, session });
  },
});

const entry = (
  name: string,
  summary: string,
  load: () => Promise<{ command: Awaited<ReturnType<CommandEntry['load']>> }>,
  aliases: string[] = [],
): CommandEntry => ({
  name,
  aliases,
  summary,
  group: 'Available Commands',
  load: async () => (await load()).command,
});

export const command: CommandGroup = {
  name: 'create',
  summary: 'Create a resource from a file or from stdin.',
  own: fromFiles,
  subcommands: [
    entry(
      'configmap',
      'Create a config map from a local file, directory or literal value',
      () => import('./create/configmap.ts'),
      ['cm'],
    ),
    entry('deployment', 'Create a deployment with the specified name', () => import('./create/deployment.ts'), [
      'deploy',
    ]),
    entry('namespace', 'Create a namespace with the specified name', () => import('./create/namespace.ts'), ['ns']),
    entry('secret', 'Create a secret using a specified subcommand', () => import('./create/secret.ts')),
    entry(
      'serviceaccount',
      'Create a service account with the specified name',
      () => import('./create/serviceaccount.ts'),
      ['sa'],
    ),
    entry('service', 'Create a service using a specified subcommand', () => import('./create/service.ts'), ['svc']),
    entry('token', 'Request a service account token', () => import('./create/token.ts')),
    entry('job', 'Create a job with the specified name', () => import('./create/job.ts')),
  ],
};
