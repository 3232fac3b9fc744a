/** kubectl set selector, serviceaccount and subject: one field each. */
import { parseLabelSelector } from '@mkube/apimachinery';
import { defineCommand, text } from '../../command.ts';
import { CommandError } from '../../io.ts';
import { labelSelectorOf } from '../../label-selector.ts';
import { podSpecOf } from '../../pod-spec.ts';
import { updateFlags, updateObjects } from '../../update-objects.ts';
import { subjectFlags, subjectsOf } from '../create/role-binding.ts';

export const selector = defineCommand({
  name: 'selector',
  usage: '(-f FILENAME | TYPE NAME) EXPRESSIONS [--resource-version=version]',
  summary: 'Set the selector on a resource.',
  flags: {
    ...updateFlags,
    'resource-version': text('If non-empty, the selectors update will only succeed for this version.'),
  },
  async run({ args, flags, io, session }) {
    const [expression] = args.slice(-1);
    if (expression === undefined)
      throw new CommandError('one or more resources must be specified as <resource> <name> or <resource>/<name>');
    parseLabelSelector(expression);
    await updateObjects({
      resources: args.slice(0, -1),
      flags,
      io,
      session,
      past: 'selector updated',
      change(object) {
        if (object.kind !== 'Service') throw new CommandError('setting a selector is only supported for Services');
        const { matchLabels = {}, matchExpressions } = labelSelectorOf(expression);
        if (matchExpressions) throw new CommandError('match expressions are not supported on this object');
        (object as unknown as { spec: { selector: object } }).spec.selector = matchLabels;
      },
    });
  },
});

export const serviceAccount = defineCommand({
  name: 'serviceaccount',
  usage: '(-f FILENAME | TYPE NAME) SERVICE_ACCOUNT',
  summary: 'Update the service account of a resource.',
  flags: updateFlags,
  async run({ args, flags, io, session }) {
    const [account] = args.slice(-1);
    if (account === undefined) throw new CommandError('serviceaccount is required');
    await updateObjects({
      resources: args.slice(0, -1),
      flags,
      io,
      session,
      past: 'serviceaccount updated',
      change(object) {
        podSpecOf(object).serviceAccountName = account;
      },
    });
  },
});

interface Subject {
  kind: string;
  name: string;
  namespace?: string;
}

export const subject = defineCommand({
  name: 'subject',
  usage:
    '(-f FILENAME | TYPE NAME) [--user=username] [--group=groupname] [--serviceaccount=namespace:serviceaccountname]',
  summary: 'Update the user, group, or service account in a role binding or cluster role binding.',
  flags: { ...updateFlags, ...subjectFlags },
  async run({ args, flags, io, session }) {
    const added = subjectsOf(flags) as Subject[];
    if (added.length === 0)
      throw new CommandError('you must specify at least one value of user, group or serviceaccount');
    const isSame = (a: Subject, b: Subject): boolean =>
      a.kind === b.kind && a.name === b.name && (a.namespace ?? '') === (b.namespace ?? '');
    await updateObjects({
      resources: args,
      flags,
      io,
      session,
      past: 'subjects updated',
      change(object) {
        if (!object.kind.endsWith('RoleBinding'))
          throw new CommandError('setting subjects is only supported for RoleBinding/ClusterRoleBinding');
        const binding = object as unknown as { subjects?: Subject[] };
        const held = binding.subjects ?? [];
        binding.subjects = [...held, ...added.filter((s) => !held.some((h) => isSame(h, s)))];
      },
    });
  },
});
