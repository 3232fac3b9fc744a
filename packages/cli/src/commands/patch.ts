/** kubectl patch. */
import type { KubernetesObject } from '@mkube/apimachinery';
import { defineCommand, text, textOr } from '../command.ts';
import { fileFlags } from '../files.ts';
import { CommandError } from '../io.ts';
import { nameOf, pathOf } from '../mapper.ts';
import { createObjectPrinter, outputFlags } from '../printers/output.ts';
import { selectByCommandLine } from '../select.ts';
import { dryRunOf } from '../submit.ts';

const TYPES: Record<string, string> = {
  json: 'application/json-patch+json',
  merge: 'application/merge-patch+json',
  strategic: 'application/strategic-merge-patch+json',
};

export const command = defineCommand({
  name: 'patch',
  usage: '(-f FILENAME | TYPE NAME) [-p PATCH|--patch-file FILE]',
  summary: 'Update fields of a resource using strategic merge patch, a JSON merge patch, or a JSON patch.',
  examples: `  mkube patch node node-1 -p '{"spec":{"unschedulable":true}}'`,
  flags: {
    ...fileFlags,
    ...outputFlags,
    patch: text('The patch to be applied to the resource JSON file.', { short: 'p' }),
    'patch-file': text('A file containing a patch to be applied to the resource.'),
    type: textOr('strategic', 'The type of patch being provided; one of [json merge strategic]'),
    subresource: text('If specified, patch will operate on the subresource of the requested object.'),
    'dry-run': textOr('none', 'Must be "none", "server", or "client".', { optionalValue: 'unchanged' }),
    'field-manager': text('Name of the manager used to track field ownership.'),
  },
  async run({ args, flags, io, session }) {
    const contentType = TYPES[flags.type];
    if (!contentType) throw new CommandError(`--type must be one of [json merge strategic], not "${flags.type}"`);
    const body = await readPatch();
    const [rest, mapper] = [await session.rest(), await session.mapper()];
    const selected = await selectByCommandLine({ args, flags, io, session, verb: 'patch' });
    const mode = dryRunOf(flags['dry-run']);
    const printer = await createObjectPrinter(flags, async (o) =>
      nameOf(await mapper.byKind(o.apiVersion, o.kind), o.metadata.name),
    );
    for (const { mapping, name, namespace } of selected) {
      const path = pathOf(mapping, namespace, name, flags.subresource);
      const before = await rest.json<KubernetesObject>({ path });
      const query = {
        fieldManager: flags['field-manager'] ?? 'kubectl-patch',
        dryRun: mode === 'none' ? undefined : 'All',
      };
      const after = await rest.json<KubernetesObject>({ method: 'PATCH', path, contentType, query, body });
      const same = after.metadata.resourceVersion === before.metadata.resourceVersion;
      io.out(printer ? await printer(after) : `${nameOf(mapping, name)} patched${same ? ' (no change)' : ''}\n`);
    }

    async function readPatch(): Promise<unknown> {
      const content = flags['patch-file']
        ? await (await import('node:fs/promises')).readFile(flags['patch-file'], 'utf8')
        : flags.patch;
      if (!content) throw new CommandError('must specify --patch or --patch-file containing the contents of the patch');
      const { parse } = await import('yaml');
      try {
        return parse(content) as unknown;
      } catch (error) {
        throw new CommandError(
          `unable to parse "${content.slice(0, 200)}": ${(error as Error).message.split('\n')[0]}`,
          1,
          { cause: error },
        );
      }
    }
  },
});
