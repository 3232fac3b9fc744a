/** kubectl create: from files, or one of the generators below. */
import { type CommandGroup, defineCommand, subcommand } from '../command.ts';
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

export const command: CommandGroup = {
  name: 'create',
  summary: 'Create a resource from a file or from stdin.',
  own: fromFiles,
  subcommands: [
    subcommand(
      'configmap',
      'Create a config map from a local file, directory or literal value',
      () => import('./create/configmap.ts'),
      ['cm'],
    ),
    subcommand('deployment', 'Create a deployment with the specified name', () => import('./create/deployment.ts'), [
      'deploy',
    ]),
    subcommand('namespace', 'Create a namespace with the specified name', () => import('./create/namespace.ts'), [
      'ns',
    ]),
    subcommand('secret', 'Create a secret using a specified subcommand', () => import('./create/secret.ts')),
    subcommand(
      'serviceaccount',
      'Create a service account with the specified name',
      () => import('./create/serviceaccount.ts'),
      ['sa'],
    ),
    subcommand('service', 'Create a service using a specified subcommand', () => import('./create/service.ts'), [
      'svc',
    ]),
    subcommand('role', 'Create a role with single rule', () => import('./create/role.ts')),
    subcommand('rolebinding', 'Create a role binding for a particular role or cluster role', async () => ({
      command: (await import('./create/role-binding.ts')).roleBinding,
    })),
    subcommand('clusterrole', 'Create a cluster role', () => import('./create/cluster-role.ts')),
    subcommand('clusterrolebinding', 'Create a cluster role binding for a particular cluster role', async () => ({
      command: (await import('./create/role-binding.ts')).clusterRoleBinding,
    })),
    subcommand('cronjob', 'Create a cron job with the specified name', () => import('./create/cron-job.ts'), ['cj']),
    subcommand('ingress', 'Create an ingress with the specified name', () => import('./create/ingress.ts'), ['ing']),
    subcommand(
      'poddisruptionbudget',
      'Create a pod disruption budget with the specified name',
      () => import('./create/disruption-budget.ts'),
      ['pdb'],
    ),
    subcommand(
      'priorityclass',
      'Create a priority class with the specified name',
      () => import('./create/priority-class.ts'),
      ['pc'],
    ),
    subcommand('quota', 'Create a quota with the specified name', () => import('./create/quota.ts'), ['resourcequota']),
    subcommand('token', 'Request a service account token', () => import('./create/token.ts')),
    subcommand('job', 'Create a job with the specified name', () => import('./create/job.ts')),
  ],
};
