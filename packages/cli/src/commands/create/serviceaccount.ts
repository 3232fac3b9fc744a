/** kubectl create serviceaccount. */
import type { KubernetesObject } from '@mkube/apimachinery';
import { defineCommand } from '../../command.ts';
import { CommandError } from '../../io.ts';
import { createObject, submitFlags } from '../../submit.ts';

export const command = defineCommand({
  name: 'serviceaccount',
  usage: 'NAME [--dry-run=server|client|none]',
  summary: 'Create a service account with the specified name.',
  flags: submitFlags,
  async run({ args, flags, io, session }) {
    const [name, ...more] = args;
    if (name === undefined || more.length > 0)
      throw new CommandError(`exactly one NAME is required, got ${args.length}`);
    const object = { kind: 'ServiceAccount', apiVersion: 'v1', metadata: { name } };
    await createObject({
      object: object as unknown as KubernetesObject,
      flags,
      io,
      session,
      generated: { failure: 'failed to create serviceaccount:' },
    });
  },
});
