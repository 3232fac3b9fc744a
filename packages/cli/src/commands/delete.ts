/** kubectl delete: by name, selector, --all or file; waits until the very object (by uid) is gone. */
import type { KubernetesObject, Status } from '@mkube/apimachinery';
import { StatusError } from '@mkube/apimachinery';
import { bool, defineCommand, intOr, text, textOr } from '../command.ts';
import { formatError } from '../errors.ts';
import { fileFlags } from '../files.ts';
import { CommandError, type Io } from '../io.ts';
import { nameOf, pathOf } from '../mapper.ts';
import type { Rest } from '../rest.ts';
import { type Selected, selectByCommandLine } from '../select.ts';
import { durationMillis } from '../session.ts';
import { watchFrames } from '../watch.ts';

const flagTable = {
  ...fileFlags,
  selector: text('Selector (label query) to filter on.', { short: 'l' }),
  'field-selector': text('Selector (field query) to filter on.'),
  all: bool('Delete all resources, in the namespace of the specified resource types.'),
  'all-namespaces': bool('If present, list the requested object(s) across all namespaces.', { short: 'A' }),
  'ignore-not-found': bool('Treat "resource not found" as a successful delete.'),
  cascade: textOr('background', 'Must be "background", "orphan", or "foreground".', { optionalValue: 'background' }),
  'grace-period': intOr(
    -1,
    'Period of time in seconds given to the resource to terminate gracefully. Ignored if negative.',
  ),
  force: bool('If true, immediately remove resources from API and bypass graceful deletion.'),
  now: bool('If true, resources are signaled for immediate shutdown (same as --grace-period=1).'),
  wait: bool('If true, wait for resources to be gone before returning. This waits for finalizers.', { default: true }),
  timeout: textOr(
    '0s',
    'The length of time to wait before giving up on a delete, zero means determine a timeout from the size of the object',
  ),
  'dry-run': textOr('none', 'Must be "none", "server", or "client".', { optionalValue: 'client' }),
  output: text('Output mode. Use "-o name" for shorter output (resource/name).', { short: 'o' }),
} as const;

export const command = defineCommand({
  name: 'delete',
  usage: '([-f FILENAME] | TYPE [(NAME | -l label | --all)])',
  summary: 'Delete resources by file names, stdin, resources and names, or by resources and label selector.',
  examples: '  mkube delete pod/hello\n  mkube delete -f ./pod.json\n  mkube delete pods,services -l name=myLabel',
  flags: flagTable,
  async run({ args, flags, io, session }) {
    if (!['background', 'orphan', 'foreground', 'true', 'false'].includes(flags.cascade))
      throw new CommandError(
        `invalid cascade value (${flags.cascade}). Must be "background", "foreground", or "orphan"`,
      );
    const rest = await session.rest();
    const selected = await selectByCommandLine({ args, flags, io, session, verb: 'delete' });
    if (selected.length === 0) io.out('No resources found\n');
    const grace = flags.now ? 1 : flags['grace-period'] < 0 && flags.force ? 0 : flags['grace-period'];
    if (flags.force && grace === 0)
      io.err(
        'Warning: Immediate deletion does not wait for confirmation that the running resource has been terminated. The resource may continue to run on the cluster indefinitely.\n',
      );
    return deleteAll({
      selected,
      rest,
      io,
      grace,
      ...flags,
      ignoreNotFound: flags['ignore-not-found'] || (flags.all && flags.filename.length === 0),
      dryRun: flags['dry-run'],
    });
  },
});

interface Deletion {
  selected: Selected[];
  rest: Rest;
  io: Io;
  grace: number;
  cascade: string;
  force: boolean;
  wait: boolean;
  timeout: string;
  dryRun: string;
  ignoreNotFound: boolean;
  output: string | undefined;
}

async function deleteAll(deletion: Deletion): Promise<number> {
  const { selected, rest, io } = deletion;
  const gone: { target: Selected; uid: string | undefined }[] = [];
  let failed = false;
  for (const target of selected) {
    try {
      const uid = deletion.dryRun === 'client' ? undefined : await deleteOne(rest, target, deletion);
      io.out(`${deletion.output === 'name' ? nameOf(target.mapping, target.name) : lineOf(target, deletion)}\n`);
      gone.push({ target, uid });
    } catch (error) {
      if (!(error instanceof StatusError)) throw error;
      if (error.reason === 'NotFound' && deletion.ignoreNotFound) continue;
      failed = true;
      io.err(formatError(error, { path: 'mkube delete', server: undefined }));
    }
  }
  if (deletion.wait && deletion.dryRun === 'none' && !(deletion.force && deletion.grace === 0)) {
    const limit = durationMillis(deletion.timeout);
    const signal = limit > 0 ? AbortSignal.any([io.signal, AbortSignal.timeout(limit)]) : io.signal;
    for (const { target, uid } of gone) await waitGone(rest, target, uid, signal);
    if (signal.aborted && !io.signal.aborted) throw new CommandError('timed out waiting for the condition');
  }
  return failed ? 1 : 0;
}

function lineOf({ mapping, name, namespace }: Selected, { force, grace, dryRun }: Deletion): string {
  const done = force && grace === 0 ? 'force deleted' : 'deleted';
  const where = mapping.namespaced && namespace ? ` from ${namespace} namespace` : '';
  const dry = dryRun === 'client' ? ' (dry run)' : dryRun === 'server' ? ' (server dry run)' : '';
  const kind = nameOf(mapping, '').slice(0, -1);
  return `${kind} "${name}" ${done}${where}${dry}`;
}

/** The uid of what was deleted, to wait for. */
async function deleteOne(
  rest: Rest,
  { mapping, name, namespace }: Selected,
  { grace, cascade, dryRun }: Deletion,
): Promise<string | undefined> {
  const policy = {
    background: 'Background',
    true: 'Background',
    orphan: 'Orphan',
    false: 'Orphan',
    foreground: 'Foreground',
  }[cascade];
  const answer = await rest.json<Status & KubernetesObject>({
    method: 'DELETE',
    path: pathOf(mapping, namespace, name),
    body: {
      propagationPolicy: policy,
      ...(grace >= 0 && { gracePeriodSeconds: grace }),
      ...(dryRun === 'server' && { dryRun: ['All'] }),
    },
  });
  return answer.kind === 'Status' ? answer.details?.uid : answer.metadata.uid;
}

async function waitGone(
  rest: Rest,
  { mapping, name, namespace }: Selected,
  uid: string | undefined,
  signal: AbortSignal,
): Promise<void> {
  const isGone = async (): Promise<string | undefined> => {
    try {
      const now = await rest.json<KubernetesObject>({ path: pathOf(mapping, namespace, name), signal });
      return uid && now.metadata.uid !== uid ? undefined : now.metadata.resourceVersion;
    } catch (error) {
      if (error instanceof StatusError && (error.reason === 'NotFound' || error.reason === 'Forbidden'))
        return undefined;
      throw error;
    }
  };
  while (!signal.aborted) {
    const resourceVersion = await isGone();
    if (resourceVersion === undefined) return;
    const query = { fieldSelector: `metadata.name=${name}`, watch: true, resourceVersion };
    for await (const event of watchFrames(
      await rest.stream({ path: pathOf(mapping, namespace), query, signal }),
      signal,
    )) {
      const object = event.object as KubernetesObject;
      if (event.type === 'DELETED' || (uid && object.metadata.uid !== uid)) return;
    }
  }
}
