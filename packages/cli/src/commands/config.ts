/** kubectl config: what the kubeconfig says, and which context is current. */
import { useKubeconfigContext } from '@mkube/client';
import type { Document } from 'yaml';
import { type CommandGroup, bool, defineCommand, text, subcommandsOf } from '../command.ts';
import { CommandError } from '../io.ts';
import { createTextTable } from '../printers/text-table.ts';

const currentContext = defineCommand({
  name: 'current-context',
  summary: 'Display the current-context',
  flags: {},
  async run({ io, session }) {
    const { currentContext: name } = await session.kubeconfig();
    if (!name) throw new CommandError('current-context is not set');
    io.out(`${name}\n`);
  },
});

const getContexts = defineCommand({
  name: 'get-contexts',
  usage: '[(-o|--output=)name)]',
  summary: 'Describe one or many contexts',
  flags: {
    output: text('Output format. One of: (name).', { short: 'o' }),
    'no-headers': bool("When using the default output format, don't print headers."),
  },
  async run({ args, flags, io, session }) {
    const { contexts, currentContext: current } = await session.kubeconfig();
    const wanted = [...contexts]
      .filter(([name]) => args.length === 0 || args.includes(name))
      .toSorted(([a], [b]) => (a < b ? -1 : 1));
    const missing = args.find((name) => !contexts.has(name));
    if (missing !== undefined) throw new CommandError(`context ${missing} not found`);
    if (flags.output === 'name') {
      io.out(wanted.map(([name]) => `${name}\n`).join(''));
      return;
    }
    const rows = wanted.map(([name, { value: c }]) => [
      name === current ? '*' : '',
      name,
      c.cluster ?? '',
      c.user ?? '',
      c.namespace ?? '',
    ]);
    io.out(
      createTextTable().print(
        flags['no-headers'] ? rows : [['CURRENT', 'NAME', 'CLUSTER', 'AUTHINFO', 'NAMESPACE'], ...rows],
      ),
    );
  },
});

const useContext = defineCommand({
  name: 'use-context',
  usage: 'CONTEXT_NAME',
  summary: 'Set the current-context in a kubeconfig file',
  flags: {},
  async run({ args, io, session }) {
    const [name, ...more] = args;
    if (name === undefined || more.length > 0) throw new CommandError('exactly one context name is required');
    if (!(await session.kubeconfig()).contexts.has(name))
      throw new CommandError(`no context exists with the name: "${name}"`);
    await useKubeconfigContext(name, {
      env: io.env,
      ...(session.flags.kubeconfig && { explicit: session.flags.kubeconfig }),
    });
    io.out(`Switched to context "${name}".\n`);
  },
});

const setContext = defineCommand({
  name: 'set-context',
  usage: '[NAME | --current] [--cluster=cluster_nickname] [--user=user_nickname] [--namespace=namespace]',
  summary: 'Set a context entry in kubeconfig',
  flags: { current: bool('Modify the current context') },
  async run({ args, flags, io, session }) {
    const name = flags.current ? (await session.kubeconfig()).currentContext : args[0];
    if (!name)
      throw new CommandError(flags.current ? 'no current context is set' : 'a context name is required, or --current');
    const known = (await session.kubeconfig()).contexts.has(name);
    const { namespace, cluster, user } = session.flags;
    await editKubeconfig(session.kubeconfigPaths, (doc) => {
      const contexts = (doc.toJS() as { contexts?: { name: string }[] }).contexts ?? [];
      const at = contexts.findIndex((c) => c.name === name);
      const index = at < 0 ? contexts.length : at;
      if (at < 0) doc.setIn(['contexts', index, 'name'], name);
      for (const [key, value] of Object.entries({ cluster, user, namespace }))
        if (value !== undefined) doc.setIn(['contexts', index, 'context', key], value);
    });
    io.out(`Context "${name}" ${known ? 'modified' : 'created'}.\n`);
  },
});

const view = defineCommand({
  name: 'view',
  summary: 'Display merged kubeconfig settings',
  flags: {
    raw: bool('Display raw byte data and sensitive data'),
    minify: bool('Remove all information not used by current-context from the output'),
    flatten: bool('Flatten the resulting kubeconfig file into self-contained output'),
  },
  async run({ flags, io, session }) {
    const fs = await import('node:fs');
    const { parse } = await import('yaml');
    const { stringifyYaml } = await import('@mkube/apimachinery');
    const [file] = session.kubeconfigPaths.filter((p) => fs.existsSync(p));
    if (file === undefined) {
      io.out('apiVersion: v1\nclusters: null\ncontexts: null\ncurrent-context: ""\nkind: Config\nusers: null\n');
      return;
    }
    const config: unknown = parse(fs.readFileSync(file, 'utf8'));
    io.out(await stringifyYaml(flags.raw ? config : redact(config)));
  },
});

const HIDDEN: Record<string, string> = {
  'certificate-authority-data': 'DATA+OMITTED',
  'client-certificate-data': 'DATA+OMITTED',
  'client-key-data': 'DATA+OMITTED',
  token: 'REDACTED',
  password: 'REDACTED',
};

function redact(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(redact);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, HIDDEN[key] ?? redact(inner)]));
}

/** Changes the first file that there is, comments kept, in one rename. */
async function editKubeconfig(paths: readonly string[], change: (document: Document) => void): Promise<void> {
  const fs = await import('node:fs');
  const { parseDocument } = await import('yaml');
  const file = paths.find((p) => fs.existsSync(p)) ?? paths[0];
  if (file === undefined) throw new CommandError('there is no kubeconfig to change');
  const document = parseDocument(
    fs.existsSync(file) ? fs.readFileSync(file, 'utf8') : 'apiVersion: v1\nkind: Config\n',
  );
  change(document);
  const draft = `${file}.${process.pid}.draft`;
  fs.writeFileSync(draft, document.toString(), { mode: 0o600 });
  fs.renameSync(draft, file);
}

const all = [currentContext, getContexts, setContext, useContext, view];

export const command: CommandGroup = {
  name: 'config',
  summary: 'Modify kubeconfig files.',
  subcommands: subcommandsOf(all),
};
