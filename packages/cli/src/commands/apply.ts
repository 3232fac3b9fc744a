/** kubectl apply: client-side three-way merge by default, --server-side on request. */
import type { KubernetesObject } from '@mkube/apimachinery';
import { StatusError } from '@mkube/apimachinery';
import { patchOf } from '../apply/patch-of.ts';
import { bool, defineCommand, type FlagValues, list, text, textOr } from '../command.ts';
import { formatError } from '../errors.ts';
import { allManifests, fileFlags, type Manifest } from '../files.ts';
import type { Io } from '../io.ts';
import { type Mapping, nameOf, pathOf } from '../mapper.ts';
import { createObjectPrinter, type ObjectPrinter, outputFlags } from '../printers/output.ts';
import type { Rest } from '../rest.ts';
import { dryRunOf, LAST_APPLIED, namespaceOf, validationOf, withLastApplied, withNamespace } from '../submit.ts';

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

type ApplyFlags = FlagValues<typeof flagTable>;

interface Apply {
  flags: ApplyFlags;
  rest: Rest;
  io: Io;
  mapping: Mapping;
  namespace: string;
  object: KubernetesObject;
  source: string;
}

type Outcome = { done: 'created' | 'configured' | 'unchanged' | 'serverside-applied'; object: KubernetesObject };

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
        const apply = { flags, rest, io, mapping, namespace, object: input, source };
        await print(apply, await (flags['server-side'] ? applyServerSide(apply) : applyClientSide(apply)), printer);
      } catch (error) {
        failed = true;
        const path = 'mkube apply';
        io.err(
          error instanceof StatusError
            ? whereOf(error, source, formatError(error, { path, server: undefined }))
            : formatError(error, { path, server: await session.server() }),
        );
        if (!(error instanceof StatusError)) break;
      }
    }
    return failed ? 1 : 0;
  },
});

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

const dryRunQuery = (flags: ApplyFlags): string | undefined =>
  dryRunOf(flags['dry-run']) === 'server' ? 'All' : undefined;

async function applyServerSide({ flags, rest, mapping, namespace, object }: Apply): Promise<Outcome> {
  const applied = await rest.json<KubernetesObject>({
    method: 'PATCH',
    path: pathOf(mapping, namespace, object.metadata.name),
    contentType: 'application/apply-patch+yaml',
    query: {
      fieldManager: flags['field-manager'] ?? 'kubectl',
      fieldValidation: validationOf(flags.validate),
      force: String(flags['force-conflicts']),
      dryRun: dryRunQuery(flags),
    },
    body: object,
  });
  return { done: 'serverside-applied', object: applied };
}

async function applyClientSide(apply: Apply): Promise<Outcome> {
  const { flags, rest, mapping, namespace, object } = apply;
  const isClient = dryRunOf(flags['dry-run']) === 'client';
  const query = {
    fieldManager: flags['field-manager'] ?? 'kubectl-client-side-apply',
    fieldValidation: validationOf(flags.validate),
    dryRun: dryRunQuery(flags),
  };
  const modified = withLastApplied(object);
  const current = await find(apply);
  if (!current) {
    if (isClient) return { done: 'created', object: modified };
    return {
      done: 'created',
      object: await rest.json({ method: 'POST', path: pathOf(mapping, namespace), query, body: modified }),
    };
  }
  const last = current.metadata.annotations?.[LAST_APPLIED];
  if (last === undefined)
    apply.io.err(
      `Warning: resource ${mapping.resource}/${object.metadata.name} is missing the ${LAST_APPLIED} annotation which is required by mkube apply. mkube apply should only be used on resources created declaratively by either mkube create --save-config or mkube apply. The missing annotation will be patched automatically.\n`,
    );
  const { patch, contentType } = await patchOf({ original: parseLast(last), modified, current });
  if (Object.keys(patch).length === 0) return { done: 'unchanged', object: current };
  if (isClient) return { done: 'configured', object: modified };
  const path = pathOf(mapping, namespace, object.metadata.name);
  const patched = await rest.json<KubernetesObject>({ method: 'PATCH', path, query, contentType, body: patch });
  return {
    done: patched.metadata.resourceVersion === current.metadata.resourceVersion ? 'unchanged' : 'configured',
    object: patched,
  };
}

async function find({ rest, mapping, namespace, object }: Apply): Promise<KubernetesObject | undefined> {
  try {
    return await rest.json<KubernetesObject>({ path: pathOf(mapping, namespace, object.metadata.name) });
  } catch (error) {
    if (error instanceof StatusError && error.reason === 'NotFound') return undefined;
    throw error;
  }
}

function parseLast(last: string | undefined): KubernetesObject | undefined {
  try {
    return last === undefined ? undefined : (JSON.parse(last) as KubernetesObject);
  } catch {
    return undefined;
  }
}
