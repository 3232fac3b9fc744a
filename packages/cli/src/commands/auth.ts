/** kubectl auth: the subcommands, each in its file. */
import { subcommand, type CommandGroup } from '../command.ts';

export const command: CommandGroup = {
  name: 'auth',
  summary: 'Inspect authorization.',
  subcommands: [
    subcommand('can-i', 'Check whether an action is allowed', () => import('./auth/can-i.ts')),
    subcommand(
      'reconcile',
      'Reconciles rules for RBAC role, role binding, cluster role, and cluster role binding objects',
      () => import('./auth/reconcile.ts'),
    ),
    subcommand('whoami', 'Check self subject attributes', () => import('./auth/whoami.ts')),
  ],
};
