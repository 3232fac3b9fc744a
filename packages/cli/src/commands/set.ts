/** kubectl set: the subcommands, each in its file. */
import { subcommand, type CommandGroup } from '../command.ts';

const one = () => import('./set/selector.ts');

export const command: CommandGroup = {
  name: 'set',
  summary: 'Configure application resources.',
  subcommands: [
    subcommand('env', 'Update environment variables on a pod template', () => import('./set/env.ts')),
    subcommand('image', 'Update the image of a pod template', () => import('./set/image.ts')),
    subcommand(
      'resources',
      'Update resource requests/limits on objects with pod templates',
      () => import('./set/resources.ts'),
    ),
    subcommand('selector', 'Set the selector on a resource', async () => ({ command: (await one()).selector })),
    subcommand(
      'serviceaccount',
      'Update the service account of a resource',
      async () => ({ command: (await one()).serviceAccount }),
      ['sa'],
    ),
    subcommand(
      'subject',
      'Update the user, group, or service account in a role binding or cluster role binding',
      async () => ({ command: (await one()).subject }),
    ),
  ],
};
