/** kubectl auth can-i: asks the server whether something is allowed; exit code 1 where it is not. */
import { bool, defineCommand, text } from '../../command.ts';
import { CommandError, type Io } from '../../io.ts';
import type { ResourceMapper } from '../../mapper.ts';
import { createTextTable } from '../../printers/text-table.ts';
import { compactRules, type Rule, ruleCells } from '../../rules.ts';
import type { Session } from '../../session.ts';

const API = '/apis/authorization.k8s.io/v1';
const VERBS = new Set(
  'get list watch create update patch delete deletecollection use bind impersonate * approve sign escalate attest'.split(
    ' ',
  ),
);
const URL_VERBS = new Set('get put post head options delete patch *'.split(' '));

export const command = defineCommand({
  name: 'can-i',
  usage: 'VERB [TYPE | TYPE/NAME | NONRESOURCEURL]',
  summary: 'Check whether an action is allowed.',
  examples: '  mkube auth can-i create pods --all-namespaces\n  mkube auth can-i --list --namespace=foo',
  flags: {
    'all-namespaces': bool('If true, check the specified action in all namespaces.', { short: 'A' }),
    quiet: bool('If true, suppress output and just return the exit code.', { short: 'q' }),
    subresource: text('SubResource such as pod/log or deployment/scale'),
    list: bool('If true, prints all allowed actions.'),
    'no-headers': bool('If true, prints allowed actions without headers'),
  },
  async run({ args, flags, io, session }) {
    const namespace = flags['all-namespaces'] ? '' : await session.namespace();
    if (flags.list) {
      if (args.length > 0) throw new CommandError('list option must be specified with no arguments');
      if (flags.quiet || flags['all-namespaces'] || flags.subresource)
        throw new CommandError(
          "list option can't be specified with neither quiet, all-namespaces nor subresource options",
        );
      return list({ session, io, namespace, headers: !flags['no-headers'] });
    }
    const [verb, what, ...more] = args;
    if (verb === undefined || what === undefined || more.length > 0)
      throw new CommandError(
        "you must specify two arguments: verb resource or verb resource/resourceName.\nSee 'mkube auth can-i -h' for help and examples.",
      );
    const attributes = what.startsWith('/')
      ? { nonResourceAttributes: urlOf(verb, what, flags.subresource, io) }
      : {
          resourceAttributes: await resourceOf({ verb, what, namespace, subresource: flags.subresource, io, session }),
        };
    if (flags['no-headers']) throw new CommandError('--no-headers cannot be set without --list specified');
    const { status } = await review<{ allowed: boolean; reason?: string; evaluationError?: string }>(
      session,
      'SelfSubjectAccessReview',
      attributes,
    );
    const why = [status.reason, status.evaluationError].filter(Boolean).map((t) => ` - ${t}`);
    if (!flags.quiet) io.out(status.allowed ? 'yes\n' : `no${why.join('')}\n`);
    return status.allowed ? 0 : 1;
  },
});

const review = async <T>(session: Session, kind: string, spec: object): Promise<{ status: T }> =>
  (await session.rest()).json({
    method: 'POST',
    path: `${API}/${kind.toLowerCase()}s`,
    body: { apiVersion: 'authorization.k8s.io/v1', kind, spec },
  });

const warn = (io: Io, text: string): void => io.err(`Warning: ${text}\n\n`);

function urlOf(verb: string, path: string, subresource: string | undefined, io: Io): object {
  if (subresource) throw new CommandError('--subresource can not be used with NonResourceURL');
  if (!URL_VERBS.has(verb)) warn(io, `verb '${verb}' is not a known verb`);
  return { verb, path };
}

interface Question {
  verb: string;
  what: string;
  namespace: string;
  subresource: string | undefined;
  io: Io;
  session: Session;
}

async function resourceOf({ verb, what, namespace, subresource, io, session }: Question): Promise<object> {
  const [type = '', name] = what.split(/\/(.*)/s);
  const found = await find(await session.mapper(), type, io);
  if (found && namespace !== '' && !found.namespaced) {
    const where = found.group ? ` in group '${found.group}'` : '';
    warn(io, `resource '${found.resource}' is not namespace scoped${where}`);
  }
  if (namespace !== '' && !VERBS.has(verb)) warn(io, `verb '${verb}' is not a known verb`);
  const { group = '', resource = type } = found ?? {};
  return { namespace, verb, group, resource, ...(subresource && { subresource }), ...(name && { name }) };
}

async function find(mapper: ResourceMapper, type: string, io: Io) {
  if (type === '*') return undefined;
  try {
    return await mapper.byName(type);
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    const [name, group] = type.toLowerCase().split(/\.(.*)/s);
    if (type !== 'users' && type !== 'groups')
      warn(io, `the server doesn't have a resource type '${name}'${group ? ` in group '${group}'` : ''}`);
    return undefined;
  }
}

interface Listing {
  session: Session;
  io: Io;
  namespace: string;
  headers: boolean;
}

async function list({ session, io, namespace, headers }: Listing): Promise<void> {
  const { status } = await review<{
    resourceRules?: Rule[];
    nonResourceRules?: Rule[];
    incomplete?: boolean;
    evaluationError?: string;
  }>(session, 'SelfSubjectRulesReview', { namespace });
  if (status.incomplete) io.err(`Warning: the list may be incomplete: ${status.evaluationError ?? ''}\n`);
  const rules = compactRules([...(status.resourceRules ?? []), ...(status.nonResourceRules ?? [])]);
  const head = headers ? [['Resources', 'Non-Resource URLs', 'Resource Names', 'Verbs']] : [];
  io.out(createTextTable().print([...head, ...rules.map(ruleCells)]));
}
