/** kubectl scale: through the scale subresource, so that it works for custom resources too. */
import { bool, defineCommand, int, text } from '../command.ts';
import { fileFlags } from '../files.ts';
import { CommandError } from '../io.ts';
import { nameOf, pathOf } from '../mapper.ts';
import { selectByCommandLine } from '../select.ts';

interface Scale {
  spec?: { replicas?: number };
  metadata: { resourceVersion: string };
}

export const command = defineCommand({
  name: 'scale',
  usage: '[--resource-version=version] [--current-replicas=count] --replicas=COUNT (-f FILENAME | TYPE NAME)',
  summary: 'Set a new size for a deployment, replica set, replication controller, or stateful set.',
  examples: '  mkube scale --replicas=3 deployment/web',
  flags: {
    ...fileFlags,
    replicas: int('The new desired number of replicas. Required.'),
    'current-replicas': int(
      'Precondition for current size. Requires that the current size of the resource match this value in order to scale.',
    ),
    'resource-version': text('Precondition for resource version.'),
    selector: text('Selector (label query) to filter on.', { short: 'l' }),
    all: bool('Select all resources in the namespace of the specified resource types'),
    output: text('Output format. One of: (name).', { short: 'o' }),
  },
  async run({ args, flags, io, session }) {
    if (flags.replicas === undefined) throw new CommandError('required flag(s) "replicas" not set');
    if (flags.replicas < 0)
      throw new CommandError('The --replicas=COUNT flag is required, and COUNT must be greater than or equal to 0');
    const rest = await session.rest();
    const selected = await selectByCommandLine({ args, flags, io, session, verb: 'scale' });
    for (const { mapping, name, namespace } of selected) {
      const path = pathOf(mapping, namespace, name, 'scale');
      if (flags['current-replicas'] !== undefined) {
        const current = await rest.json<Scale>({ path });
        if ((current.spec?.replicas ?? 0) !== flags['current-replicas'])
          throw new CommandError(
            `Expected replicas to be ${flags['current-replicas']}, was ${current.spec?.replicas ?? 0}`,
          );
      }
      const metadata = flags['resource-version'] ? { metadata: { resourceVersion: flags['resource-version'] } } : {};
      await rest.json({
        path,
        method: 'PATCH',
        contentType: 'application/merge-patch+json',
        body: { ...metadata, spec: { replicas: flags.replicas } },
      });
      io.out(flags.output === 'name' ? `${nameOf(mapping, name)}\n` : `${nameOf(mapping, name)} scaled\n`);
    }
  },
});
