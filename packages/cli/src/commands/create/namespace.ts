/** kubectl create namespace. */
import { createCommand } from '../../create-command.ts';

export const command = createCommand({
  name: 'namespace',
  summary: 'Create a namespace with the specified name.',
  flags: {},
  make: (name) => ({ kind: 'Namespace', apiVersion: 'v1', metadata: { name }, spec: {}, status: {} }),
});
