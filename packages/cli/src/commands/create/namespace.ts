/** kubectl create namespace. */
import type { KubernetesObject } from '@mkube/apimachinery';
import { defineCommand } from '../../command.ts';
import { CommandError } from '../../io.ts';
import { createObject, submitFlags } from '../../submit.ts';

export const command = defineCommand({
  name: 'namespace',
  usage: 'NAME [--dry-run=server|client|none]',
  summary: 'Create a namespace with the specified name.',
  flags: submitFlags,
  async run({ args, flags, io, session }) {
    const [name, ...more] = args;
    if (name === undefined || more.length > 0)
      throw new CommandError(`exactly one NAME is required, got ${args.length}`);
    const object = { kind: 'Namespace', apiVersion: 'v1', metadata: { name }, spec: {}, status: {} };
    await createObject({ object: object as unknown as KubernetesObject, flags, io, session });
  },
});
