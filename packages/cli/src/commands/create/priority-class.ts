/** kubectl create priorityclass. */
import { bool, intOr, text, textOr } from '../../command.ts';
import { createCommand } from '../../create-command.ts';

export const command = createCommand({
  name: 'priorityclass',
  usage: '--value=VALUE --global-default=BOOL',
  summary: 'Create a priority class with the specified name.',
  examples: '  mkube create priorityclass high-priority --value=1000 --description="high priority"',
  flags: {
    value: intOr(0, 'the value of this priority class.'),
    'global-default': bool('whether this PriorityClass should be considered as the default priority.'),
    description: text(
      'an arbitrary string that usually provides guidelines on when this priority class should be used.',
    ),
    'preemption-policy': textOr('PreemptLowerPriority', 'the policy for preempting pods with lower priority.'),
  },
  failure: 'failed to create priorityclass:',
  make: (name, { flags }) => ({
    kind: 'PriorityClass',
    apiVersion: 'scheduling.k8s.io/v1',
    metadata: { name },
    value: flags.value,
    ...(flags['global-default'] && { globalDefault: true }),
    ...(flags.description && { description: flags.description }),
    preemptionPolicy: flags['preemption-policy'],
  }),
});
