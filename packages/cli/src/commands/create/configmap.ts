/** kubectl create configmap. */
import { createCommand } from '../../create-command.ts';
import { keyValueFlags, readKeyValues, textOf } from './key-values.ts';

export const command = createCommand({
  name: 'configmap',
  usage: '[--from-file=[key=]source] [--from-literal=key1=value1]',
  summary: 'Create a config map based on a file, directory, or specified literal value.',
  flags: keyValueFlags,
  failure: 'failed to create configmap:',
  make(name, { flags, io }) {
    const entries = [...readKeyValues(flags, io.cwd)];
    const data = entries.filter(([, bytes]) => textOf(bytes) !== undefined);
    const binary = entries.filter(([, bytes]) => textOf(bytes) === undefined);
    return {
      kind: 'ConfigMap',
      apiVersion: 'v1',
      metadata: { name },
      ...(data.length > 0 && { data: Object.fromEntries(data.map(([key, bytes]) => [key, bytes.toString('utf8')])) }),
      ...(binary.length > 0 && {
        binaryData: Object.fromEntries(binary.map(([key, bytes]) => [key, bytes.toString('base64')])),
      }),
    };
  },
});
