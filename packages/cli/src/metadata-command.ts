/** What label and annotate share: `key=value` sets, `key-` takes away, --list shows. */
import type { KubernetesObject } from '@mkube/apimachinery';
import { type AnyCommand, bool, defineCommand, text, textOr } from './command.ts';
import { fileFlags } from './files.ts';
import { CommandError } from './io.ts';
import { nameOf, pathOf } from './mapper.ts';
import { createObjectPrinter, outputFlags } from './printers/output.ts';
import { selectByCommandLine } from './select.ts';
import { dryRunOf } from './submit.ts';

interface MetadataCommand {
  name: string;
  field: 'labels' | 'annotations';
  past: string;
  undone: string;
  what: string;
  example: string;
}

export const metadataCommand = ({ name, field, past, undone, what, example }: MetadataCommand): AnyCommand =>
  defineCommand({
    name,
    usage: '[--overwrite] (-f FILENAME | TYPE NAME) KEY_1=VAL_1 ... KEY_N=VAL_N [--resource-version=version]',
    summary: `Update the ${field} on a resource.`,
    examples: example,
    flags: {
      ...fileFlags,
      ...outputFlags,
      overwrite: bool(
        `If true, allow ${field} to be overwritten, otherwise reject ${what} updates that overwrite existing ${field}.`,
      ),
      list: bool(`If true, display the ${field} for a given resource.`),
      all: bool('Select all resources, in the namespace of the specified resource types'),
      'all-namespaces': bool('If true, check the specified action in all namespaces.', { short: 'A' }),
      selector: text('Selector (label query) to filter on.', { short: 'l' }),
      'field-selector': text('Selector (field query) to filter on.'),
      'resource-version': text(
        `If non-empty, the ${what} update will only succeed if this is the current resource-version for the object.`,
      ),
      'dry-run': textOr('none', 'Must be "none", "server", or "client".', { optionalValue: 'unchanged' }),
    },
    async run({ args, flags, io, session }) {
      const firstChange = args.findIndex((a, i) => a.includes('=') || (a.endsWith('-') && i > 0));
      const words = firstChange < 0 ? [] : args.slice(firstChange);
      const resources = firstChange < 0 ? args : args.slice(0, firstChange);
      if (words.length === 0 && !flags.list) throw new CommandError(`at least one ${what} update is required`);
      const changes = Object.fromEntries(
        words.map((w) =>
          w.includes('=') ? [w.slice(0, w.indexOf('=')), w.slice(w.indexOf('=') + 1)] : [w.slice(0, -1), null],
        ),
      );
      const mode = dryRunOf(flags['dry-run']);
      const [rest, mapper] = [await session.rest(), await session.mapper()];
      const selected = await selectByCommandLine({ args: resources, flags, io, session, verb: name });
      const printer = await createObjectPrinter(flags, async (o) =>
        nameOf(await mapper.byKind(o.apiVersion, o.kind), o.metadata.name),
      );
      for (const { mapping, name: objectName, namespace: where } of selected) {
        const path = pathOf(mapping, where, objectName);
        const before = await rest.json<KubernetesObject>({ path });
        const held = before.metadata[field] ?? {};
        if (flags.list) {
          for (const [key, value] of Object.entries(held)) io.out(`${key}=${value}\n`);
          continue;
        }
        const clash = Object.entries(changes).find(
          ([key, value]) => value !== null && Object.hasOwn(held, key) && held[key] !== value,
        );
        if (clash && !flags.overwrite)
          throw new CommandError(
            `'${clash[0]}' already has a value (${held[clash[0]] ?? ''}), and --overwrite is false`,
          );
        for (const [key, value] of Object.entries(changes))
          if (value === null && !Object.hasOwn(held, key)) io.out(`${what} "${key}" not found.\n`);
        const isSame = Object.entries(changes).every(([key, value]) =>
          value === null ? !Object.hasOwn(held, key) : held[key] === value,
        );
        const metadata = {
          [field]: changes,
          ...(flags['resource-version'] && { resourceVersion: flags['resource-version'] }),
        };
        const after =
          isSame || mode === 'client'
            ? before
            : await rest.json<KubernetesObject>({
                method: 'PATCH',
                path,
                contentType: 'application/merge-patch+json',
                query: { fieldManager: `kubectl-${name}`, dryRun: mode === 'server' ? 'All' : undefined },
                body: { metadata },
              });
        const onlyRemoves = Object.values(changes).every((v) => v === null);
        const done = isSame && field === 'labels' ? `not ${past}` : onlyRemoves ? undone : past;
        io.out(
          printer
            ? await printer(after)
            : `${nameOf(mapping, objectName)} ${done}${mode === 'server' ? ' (server dry run)' : mode === 'client' ? ' (dry run)' : ''}\n`,
        );
      }
    },
  });
