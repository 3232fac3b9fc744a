/** kubectl create role and clusterrole: one rule per API group. */
import { createCommand, wordsOf } from '../../create-command.ts';
import { list } from '../../command.ts';
import { policyRules } from './policy-rules.ts';

export const command = createCommand({
  name: 'role',
  usage: '--verb=verb --resource=resource.group/subresource [--resource-name=resourcename]',
  summary: 'Create a role with single rule.',
  examples: '  mkube create role pod-reader --verb=get --verb=list --verb=watch --resource=pods',
  flags: {
    verb: list('Verb that applies to the resources contained in the rule'),
    resource: list('Resource that the rule applies to'),
    'resource-name': list('Resource in the white list that the rule applies to, repeat this flag for multiple items'),
  },
  make: async (name, { flags, io, session }) => ({
    kind: 'Role',
    apiVersion: 'rbac.authorization.k8s.io/v1',
    metadata: { name },
    rules: await policyRules({
      verbs: wordsOf(flags.verb),
      resources: wordsOf(flags.resource),
      names: flags['resource-name'],
      io,
      session,
    }),
  }),
});
