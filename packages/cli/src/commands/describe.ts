/** kubectl describe. A name that matches nothing is taken as a prefix. */
import type { KubernetesObject } from '@mkube/apimachinery';
import { StatusError } from '@mkube/apimachinery';
import { bool, defineCommand, text } from '../command.ts';
import { describeAny, describers } from '../describe/describe.ts';
import { createWriter } from '../describe/writer.ts';
import { allManifests, fileFlags } from '../files.ts';
import { CommandError } from '../io.ts';
import { pathOf } from '../mapper.ts';
import { parseTargets, type Target } from '../resource-args.ts';

export const command = defineCommand({
  name: 'describe',
  usage: '(-f FILENAME | TYPE [NAME_PREFIX | -l label] | TYPE/NAME)',
  summary: 'Show details of a specific resource or group of resources.',
  examples: '  mkube describe nodes node-1\n  mkube describe pods/hello\n  mkube describe pods -l app=web',
  flags: {
    ...fileFlags,
    selector: text('Selector (label query) to filter on.', { short: 'l' }),
    'all-namespaces': bool('If present, list the requested object(s) across all namespaces.', { short: 'A' }),
    'show-events': bool('If true, display events related to the described object.', { default: true }),
  },
  async run({ args, flags, io, session }) {
    const [rest, mapper] = [await session.rest(), await session.mapper()];
    const namespace = flags['all-namespaces'] ? undefined : await session.namespace();
    const targets: Target[] = [];
    if (flags.filename.length > 0)
      for (const { object } of await allManifests(flags, io))
        targets.push({ mapping: await mapper.byKind(object.apiVersion, object.kind), name: object.metadata.name });
    else targets.push(...(await parseTargets(args, mapper, 'describe')).targets);
    const objects = (await Promise.all(targets.map(find))).flat();
    if (objects.length === 0) {
      io.err(`No resources found${namespace ? ` in ${namespace} namespace.` : ''}\n`);
      return 0;
    }
    const texts = [];
    for (const object of objects) {
      const group = object.apiVersion.includes('/') ? object.apiVersion.split('/')[0] : '';
      const load = describers[group ? `${object.kind}.${group}` : object.kind] ?? describeAny;
      const w = createWriter();
      await (
        await load()
      )({ object, rest, w, now: io.now(), showEvents: flags['show-events'] });
      texts.push(w.text());
    }
    io.out(texts.join('\n\n'));
    return 0;

    async function find({ mapping, name }: Target): Promise<KubernetesObject[]> {
      const typed = (o: KubernetesObject): KubernetesObject => ({
        ...o,
        apiVersion: mapping.group ? `${mapping.group}/${mapping.version}` : mapping.version,
        kind: mapping.kind,
      });
      const list = async (): Promise<KubernetesObject[]> =>
        (
          await rest.json<{ items: KubernetesObject[] }>({
            path: pathOf(mapping, namespace),
            query: { labelSelector: flags.selector },
          })
        ).items.map(typed);
      if (name === undefined) return list();
      if (namespace === undefined)
        throw new CommandError('a resource cannot be retrieved by name across all namespaces');
      try {
        return [await rest.json<KubernetesObject>({ path: pathOf(mapping, namespace, name) })];
      } catch (error) {
        if (!(error instanceof StatusError && error.reason === 'NotFound')) throw error;
        const matching = (await list()).filter((o) => o.metadata.name.startsWith(name));
        if (matching.length === 0) throw error;
        return matching;
      }
    }
  },
});
