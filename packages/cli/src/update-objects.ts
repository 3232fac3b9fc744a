/**
 * What the `set` commands share: read objects, change a copy, send the difference as a patch. With --local nothing is
 * asked of a server and what would be sent is printed.
 */
import type { KubernetesObject } from '@mkube/apimachinery';
import { patchOf } from './apply/patch-of.ts';
import { bool, text, textOr } from './command.ts';
import { allManifests, type FileFlags, fileFlags } from './files.ts';
import { CommandError, type Io } from './io.ts';
import { nameOf, pathOf } from './mapper.ts';
import { createObjectPrinter, type OutputFlags, outputFlags } from './printers/output.ts';
import { selectByCommandLine } from './select.ts';
import type { Session } from './session.ts';
import { dryRunOf } from './submit.ts';

export const updateFlags = {
  ...fileFlags,
  ...outputFlags,
  all: bool('Select all resources, in the namespace of the specified resource types'),
  selector: text('Selector (label query) to filter on.', { short: 'l' }),
  local: bool('If true, the command will NOT contact api-server but run locally.'),
  'dry-run': textOr('none', 'Must be "none", "server", or "client".', { optionalValue: 'unchanged' }),
  'field-manager': text('Name of the manager used to track field ownership.'),
} as const;

export interface UpdateFlags extends FileFlags, OutputFlags {
  all: boolean;
  selector: string | undefined;
  local: boolean;
  'dry-run': string;
  'field-manager': string | undefined;
}

export interface Update {
  /** TYPE NAME, TYPE/NAME */
  resources: readonly string[];
  flags: UpdateFlags;
  io: Io;
  session: Session;
  /** 'image updated' */
  past: string;
  /** Changes the copy it is given. */
  change(object: KubernetesObject): void;
}

interface Found {
  label: string;
  path: string;
  object: KubernetesObject;
}

export async function updateObjects({ resources, flags, io, session, past, change }: Update): Promise<void> {
  const mode = dryRunOf(flags['dry-run']);
  if (flags.all && flags.selector) throw new CommandError('cannot set --all and --selector at the same time');
  if (resources.length === 0 && flags.filename.length === 0 && !flags.kustomize)
    throw new CommandError('one or more resources must be specified as <resource> <name> or <resource>/<name>');
  if (flags.local && mode === 'server')
    throw new CommandError('cannot specify --local and --dry-run=server - did you mean --dry-run=client?');
  const found = flags.local ? await readLocal(flags, io) : await readRemote({ resources, flags, io, session });
  let label = '';
  const printer = await createObjectPrinter(flags, async () => label);
  const suffix = mode === 'server' ? ' (server dry run)' : mode === 'client' || flags.local ? ' (dry run)' : '';
  for (const { path, object, ...one } of found) {
    label = one.label;
    const changed = structuredClone(object);
    change(changed);
    const { patch, contentType } = await patchOf({ original: object, modified: changed, current: object });
    if (Object.keys(patch).length === 0) continue;
    const query = {
      fieldManager: flags['field-manager'] ?? 'kubectl-set',
      dryRun: mode === 'server' ? 'All' : undefined,
    };
    const result =
      flags.local || mode === 'client'
        ? changed
        : await (
            await session.rest()
          ).json<KubernetesObject>({ method: 'PATCH', path, contentType, query, body: patch });
    io.out(printer ? await printer(result) : `${label} ${past}${suffix}\n`);
  }
}

async function readLocal(flags: UpdateFlags, io: Io): Promise<Found[]> {
  if (flags.filename.length === 0)
    throw new CommandError('error: you must specify resources by --filename when --local is set.');
  return (await allManifests(flags, io)).map(({ object }) => {
    const [group] = object.apiVersion.includes('/') ? object.apiVersion.split('/') : [''];
    const label = nameOf({ group: group ?? '', singular: '', kind: object.kind }, object.metadata.name);
    return { label, path: '', object };
  });
}

async function readRemote({
  resources,
  flags,
  io,
  session,
}: Pick<Update, 'resources' | 'flags' | 'io' | 'session'>): Promise<Found[]> {
  const rest = await session.rest();
  const line = { filename: flags.filename, recursive: flags.recursive, kustomize: flags.kustomize, all: flags.all };
  const selected = await selectByCommandLine({
    args: resources,
    flags: { ...line, ...(flags.selector && { selector: flags.selector }) },
    io,
    session,
    verb: 'set',
  });
  return Promise.all(
    selected.map(async ({ mapping, name, namespace }) => {
      const path = pathOf(mapping, namespace, name);
      return { label: nameOf(mapping, name), path, object: await rest.json<KubernetesObject>({ path }) };
    }),
  );
}

/** Resources stand before changes: 'deploy/web', then 'a=b', 'c-'. */
export function splitChanges(
  args: readonly string[],
  what: string,
  isChange: (arg: string) => boolean,
): { resources: readonly string[]; changes: readonly string[] } {
  const at = args.findIndex(isChange);
  const [resources, changes] = at < 0 ? [args, []] : [args.slice(0, at), args.slice(at)];
  if (!changes.every(isChange))
    throw new CommandError(
      `all resources must be specified before ${what} changes: ${changes.find((c) => !isChange(c))}`,
    );
  return { resources, changes };
}
