/** kubectl create rolebinding and clusterrolebinding. */
import { list, text } from '../../command.ts';
import { createCommand } from '../../create-command.ts';
import { CommandError } from '../../io.ts';

export const RBAC = 'rbac.authorization.k8s.io';

export const subjectFlags = {
  user: list('Usernames to bind to the role. The flag can be repeated to add multiple users.'),
  group: list('Groups to bind to the role. The flag can be repeated to add multiple groups.'),
  serviceaccount: list(
    'Service accounts to bind to the role, in the format <namespace>:<name>. The flag can be repeated to add multiple service accounts.',
  ),
} as const;

export interface SubjectFlags {
  user: string[];
  group: string[];
  serviceaccount: string[];
}

export const subjectsOf = ({ user, group, serviceaccount }: SubjectFlags): object[] => [
  ...user.map((name) => ({ kind: 'User', apiGroup: RBAC, name })),
  ...group.map((name) => ({ kind: 'Group', apiGroup: RBAC, name })),
  ...serviceaccount.map((word) => {
    const [namespace, name, ...more] = word.split(':');
    if (!namespace || !name || more.length > 0) throw new CommandError('serviceaccount must be <namespace>:<name>');
    return { kind: 'ServiceAccount', name, namespace };
  }),
];

const bindingOf = (kind: string, name: string, role: { kind: string; name: string }, flags: SubjectFlags): object => {
  const subjects = subjectsOf(flags);
  return {
    kind,
    apiVersion: `${RBAC}/v1`,
    metadata: { name },
    ...(subjects.length > 0 && { subjects }),
    roleRef: { apiGroup: RBAC, ...role },
  };
};

export const roleBinding = createCommand({
  name: 'rolebinding',
  usage:
    '--clusterrole=NAME|--role=NAME [--user=username] [--group=groupname] [--serviceaccount=namespace:serviceaccountname]',
  summary: 'Create a role binding for a particular role or cluster role.',
  examples: '  mkube create rolebinding admin --clusterrole=admin --user=user1 --user=user2 --group=group1',
  flags: {
    ...subjectFlags,
    clusterrole: text('ClusterRole this RoleBinding should reference'),
    role: text('Role this RoleBinding should reference'),
  },
  failure: 'failed to create rolebinding:',
  make(name, { flags }) {
    const { role, clusterrole } = flags;
    if ((role === undefined) === (clusterrole === undefined))
      throw new CommandError('exactly one of clusterrole or role must be specified');
    const ref = role === undefined ? { kind: 'ClusterRole', name: clusterrole ?? '' } : { kind: 'Role', name: role };
    return bindingOf('RoleBinding', name, ref, flags);
  },
});

export const clusterRoleBinding = createCommand({
  name: 'clusterrolebinding',
  usage: '--clusterrole=NAME [--user=username] [--group=groupname] [--serviceaccount=namespace:serviceaccountname]',
  summary: 'Create a cluster role binding for a particular cluster role.',
  examples: '  mkube create clusterrolebinding cluster-admin --clusterrole=cluster-admin --user=user1',
  flags: { ...subjectFlags, clusterrole: text('ClusterRole this ClusterRoleBinding should reference') },
  required: ['clusterrole'],
  failure: 'failed to create clusterrolebinding:',
  make: (name, { flags }) =>
    bindingOf('ClusterRoleBinding', name, { kind: 'ClusterRole', name: flags.clusterrole ?? '' }, flags),
});
