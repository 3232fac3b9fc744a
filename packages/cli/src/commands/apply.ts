/** kubectl apply: client-side three-way merge by default, --server-side on request. */
import { StatusError } from '@mkube/apimachinery';
import { type Apply, applyClientSide, applyServerSide, type Outcome } from '../apply/apply-object.ts';
import { bool, defineCommand, list, text, textOr } from '../command.ts';
import { formatError } from '../errors.ts';
import { allManifests, fileFlags, type Manifest } from '../files.ts';
import { nameOf } from '../mapper.ts';
import { createObjectPrinter, type ObjectPrinter, outputFlags } from '../printers/output.ts';
import { dryRunOf, namespaceOf, withNamespace } from '../submit.ts';

const flagTable = {
  ...fileFlags,
  ...outputFlags,
  'dry-run': textOr('none', 'Must be "none", "server", or "client".', { optionalValue: 'unchanged' }),
  validate: textOr('true', 'Must be one of: strict (or true), warn, ignore (or false).', { optionalValue: 'strict' }),
  'field-manager': text('Name of the manager used to track field ownership.'),
  'server-side': bool('If true, apply runs in the server instead of the client.'),
  'force-conflicts': bool('If true, server-side apply will force the changes against conflicts.'),
  selector: text('Selector (label query) to filter on.', { short: 'l' }),
  wait: bool('If true, wait for resources to be gone before returning.'),
  overwrite: bool(
    'Automatically resolve conflicts between the modified and live configuration by using values from the modified configuration',
    { default: true },
  ),
  'prune-allowlist': list('Overwrite the default allowlist with <group/version/kind> for --prune'),
} as const;

export const command = defineCommand({
  name: 'apply',
  usage: '(-f FILENAME | -k DIRECTORY)',
  summary: 'Apply a configuration to a resource by file name or stdin.',
  examples: '  mkube apply -f ./pod.json\n  cat pod.json | mkube apply -f -',
  flags: flagTable,
  async run({ flags, io, session }) {
    const manifests = (await allManifests(flags, io)).filter((m) => isSelected(m, flags.selector));
    if (manifests.length === 0) {
      io.err('error: no objects passed to apply\n');
      return 1;
    }
    const [rest, mapper] = [await session.rest(), await session.mapper()];
    const printer = await createObjectPrinter(flags, async (o) =>
      nameOf(await mapper.byKind(o.apiVersion, o.kind), o.metadata.name),
    );
    let failed = false;
    for (const { object, source } of manifests) {
      try {
        const mapping = await mapper.byKind(object.apiVersion, object.kind);
        const namespace = await namespaceOf(object, session);
        const input = withNamespace(object, mapping.namespaced ? namespace : undefined);
        const apply = { flags, rest, io, mapping, namespace, object: input };
        await print(apply, await (flags['server-side'] ? applyServerSide(apply) : applyClientSide(apply)), printer);
      } catch (error) {
        failed = true;
        const path = 'mkube apply';
        io.err(
          error instanceof StatusError
            ? whereOf(error, source, formatError(error, { path, server: undefined }))
            : formatError(error, { path, server: await session.server() }),
        );
        if (!isAnswer(error)) break;
      }
    }
    return failed ? 1 : 0;
  },
});

/** The server refused this object; the others it may take. */
const isAnswer = (error: unknown): boolean =>
  error instanceof StatusError || (error instanceof Error && error.cause instanceof StatusError);

/** kubectl names the file where the server answered for one object of it. */
const whereOf = (error: StatusError, source: string, message: string): string =>
  error.reason === 'BadRequest'
    ? message.replace(
        /^Error from server \(BadRequest\): /,
        `Error from server (BadRequest): error when creating "${source}": `,
      )
    : message;

function isSelected({ object }: Manifest, selector: string | undefined): boolean {
  if (!selector) return true;
  const labels = object.metadata.labels ?? {};
  return selector.split(',').every((term) => {
    const [key = '', value] = term.split(/==?/);
    return value === undefined ? key in labels : labels[key] === value;
  });
}

async function print(
  { flags, io, mapping }: Apply,
  { done, object }: Outcome,
  printer: ObjectPrinter | undefined,
): Promise<void> {
  const mode = dryRunOf(flags['dry-run']);
  const suffix = mode === 'client' ? ' (dry run)' : mode === 'server' ? ' (server dry run)' : '';
  io.out(printer ? await printer(object) : `${nameOf(mapping, object.metadata.name)} ${done}${suffix}\n`);
}
