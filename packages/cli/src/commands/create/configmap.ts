/** kubectl create configmap. */
import type { KubernetesObject } from '@mkube/apimachinery';
import { defineCommand } from '../../command.ts';
import { CommandError } from '../../io.ts';
import { createObject, submitFlags } from '../../submit.ts';
import { keyValueFlags, readKeyValues, textOf } from './key-values.ts';

export const command = defineCommand({
  name: 'configmap',
  usage: 'NAME [--from-file=[key=]source] [--from-literal=key1=value1] [--dry-run=server|client|none]',
  summary: 'Create a config map based on a file, directory, or specified literal value.',
  flags: { ...submitFlags, ...keyValueFlags },
  async run({ args, flags, io, session }) {
    const [name, ...more] = args;
    if (name === undefined || more.length > 0)
      throw new CommandError(`exactly one NAME is required, got ${args.length}`);
    const entries = [...readKeyValues(flags, io.cwd)];
    const texts = entries
      .filter(([, bytes]) => textOf(bytes) !== undefined)
      .map(([key, bytes]) => [key, bytes.toString('utf8')]);
    const binary = entries
      .filter(([, bytes]) => textOf(bytes) === undefined)
      .map(([key, bytes]) => [key, bytes.toString('base64')]);
    const object = {
      kind: 'ConfigMap',
      apiVersion: 'v1',
      metadata: { name },
      ...(texts.length > 0 && { data: Object.fromEntries(texts) as unknown }),
      ...(binary.length > 0 && { binaryData: Object.fromEntries(binary) as unknown }),
    };
    await createObject({
      object: object as unknown as KubernetesObject,
      flags,
      io,
      session,
      generated: { failure: 'failed to create configmap:' },
    });
  },
});
