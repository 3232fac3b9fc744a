/** kubectl set env: sets, takes away and lists environment variables of containers. */
import type { EnvVar } from '@mkube/api';
import type { KubernetesObject } from '@mkube/apimachinery';
import { readAll } from '@mkube/client';
import { bool, defineCommand, list, text, textOr } from '../../command.ts';
import { CommandError, type Io } from '../../io.ts';
import { pathOf } from '../../mapper.ts';
import { containersNamed, podSpecOf } from '../../pod-spec.ts';
import { parseTargets } from '../../resource-args.ts';
import type { Session } from '../../session.ts';
import { splitChanges, updateFlags, updateObjects } from '../../update-objects.ts';

export const command = defineCommand({
  name: 'env',
  usage: 'RESOURCE/NAME KEY_1=VAL_1 ... KEY_N=VAL_N',
  summary: 'Update environment variables on a pod template.',
  examples:
    '  mkube set env deployment/registry STORAGE_DIR=/local\n  mkube set env --from=configmap/myconfigmap --prefix=MYSQL_ deployment/myapp',
  flags: {
    ...updateFlags,
    containers: textOr('*', 'The names of containers in the selected pod templates to change.', { short: 'c' }),
    env: list('Specify a key-value pair for an environment variable to set into each container.', { short: 'e' }),
    from: text('The name of a resource from which to inject environment variables'),
    prefix: text('Prefix to append to variable names'),
    keys: list('Comma-separated list of keys to import from specified resource'),
    list: bool('If true, display the environment and any changes in the standard format.'),
    overwrite: bool('If true, allow environment to be overwritten.', { default: true }),
  },
  async run({ args, flags, io, session }) {
    if (flags.list && flags.output) throw new CommandError('--list and --output may not be specified together');
    if (flags.keys.length > 0 && !flags.from)
      throw new CommandError('when specifying --keys, a configmap or secret must be provided with --from');
    const isChange = (a: string): boolean => a === '-' || a.includes('=') || (a.endsWith('-') && !a.includes('/'));
    const { resources, changes } = splitChanges(args, 'environment', isChange);
    const words = [...flags.env, ...changes].filter((w) => w !== '-');
    if (changes.includes('-')) words.push(...linesOf((await readAll(io.stdin)).toString('utf8')));
    const removed = new Set(words.filter((w) => !w.includes('=')).map((w) => w.slice(0, -1)));
    const given = words.filter((w) => w.includes('=')).map(variableOf);
    const taken = flags.from
      ? await variablesFrom(
          flags.from,
          flags.keys.flatMap((k) => k.split(',')),
          { session, io },
        )
      : [];
    const set = [...given, ...taken].map((v) => ({ ...v, name: (flags.prefix ?? '') + v.name }));
    if (set.length === 0 && removed.size === 0 && !flags.list)
      throw new CommandError('at least one environment variable must be provided');
    await updateObjects({
      resources,
      flags: flags.list ? { ...flags, 'dry-run': 'client', output: 'name' } : flags,
      io: flags.list ? { ...io, out: () => undefined } : io,
      session,
      past: 'env updated',
      change(object) {
        for (const container of containersNamed(podSpecOf(object), flags.containers)) {
          const before = container.env ?? [];
          const clash = set.find((v) => before.some((b) => b.name === v.name));
          if (clash && !flags.overwrite)
            throw new CommandError(`'${clash.name}' already has a value, and --overwrite is false`);
          container.env = merged(before, set, removed);
          if (flags.list) io.out(listing(object, container.name, container.env));
        }
      },
    });
  },
});

const linesOf = (content: string): string[] => content.split('\n').filter((l) => l.includes('='));

function variableOf(word: string): EnvVar {
  const at = word.indexOf('=');
  return { name: word.slice(0, at), value: word.slice(at + 1) };
}

async function variablesFrom(
  from: string,
  keys: readonly string[],
  { session, io }: { session: Session; io: Io },
): Promise<EnvVar[]> {
  const [target] = (await parseTargets([from], await session.mapper(), 'set')).targets;
  if (!target?.name) throw new CommandError('unsupported resource specified in --from');
  const { kind } = target.mapping;
  if (kind !== 'Secret' && kind !== 'ConfigMap') throw new CommandError('unsupported resource specified in --from');
  const path = pathOf(target.mapping, await session.namespace(), target.name);
  const { data = {} } = await (await session.rest()).json<{ data?: Record<string, string> }>({ path });
  const reference = { name: target.name };
  return Object.keys(data)
    .filter((key) => keys.length === 0 || keys.includes(key))
    .toSorted()
    .map((key) => {
      const name = key.toUpperCase().replace(/[^A-Z0-9_]/g, '_');
      if (name !== key) io.err(`Warning: key ${key} transferred to ${name}\n`);
      const selector = { ...reference, key };
      return { name, valueFrom: kind === 'Secret' ? { secretKeyRef: selector } : { configMapKeyRef: selector } };
    });
}

function merged(before: readonly EnvVar[], set: readonly EnvVar[], removed: ReadonlySet<string>): EnvVar[] {
  const byName = new Map(set.map((v) => [v.name, v]));
  const kept = before.filter((v) => !removed.has(v.name)).map((v) => byName.get(v.name) ?? v);
  return [...kept, ...[...byName.values()].filter((v) => !before.some((b) => b.name === v.name))];
}

const listing = (object: KubernetesObject, container: string, env: readonly EnvVar[]): string =>
  `# ${object.kind} ${object.metadata.name}, container ${container}\n${env.map(lineOf).join('')}`;

function lineOf({ name, value, valueFrom }: EnvVar): string {
  if (!valueFrom) return `${name}=${value ?? ''}\n`;
  const { secretKeyRef, configMapKeyRef, fieldRef, resourceFieldRef } = valueFrom;
  if (secretKeyRef) return `# ${name} from secret ${secretKeyRef.name}, key ${secretKeyRef.key}\n`;
  if (configMapKeyRef) return `# ${name} from configmap ${configMapKeyRef.name}, key ${configMapKeyRef.key}\n`;
  if (fieldRef) return `# ${name} from field path ${fieldRef.fieldPath}\n`;
  return `# ${name} from resource field ${resourceFieldRef?.containerName ? `${resourceFieldRef.containerName}.` : ''}${resourceFieldRef?.resource ?? ''}\n`;
}
