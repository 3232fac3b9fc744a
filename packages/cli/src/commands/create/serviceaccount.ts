/** kubectl create serviceaccount. */
import { createCommand } from '../../create-command.ts';

export const command = createCommand({
  name: 'serviceaccount',
  summary: 'Create a service account with the specified name.',
  flags: {},
  failure: 'failed to create serviceaccount:',
  make: (name) => ({ kind: 'ServiceAccount', apiVersion: 'v1', metadata: { name } }),
});
