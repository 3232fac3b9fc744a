/** kubectl cluster-info dump: nodes, and per namespace events, workloads, services, pods and their logs; to stdout or a folder. */
import * as fs from 'node:fs';
import * as path from 'node:path';
import type { Pod } from '@mkube/api';
import { bool, defineCommand, list, text, textOr } from '../command.ts';
import { CommandError } from '../io.ts';
import { formatJson, withoutManagedFields } from '../printers/structured.ts';
import { readAll } from '@mkube/client';
import { type KubernetesObject, stringifyYaml } from '@mkube/apimachinery';

const KINDS: readonly (readonly [file: string, root: string, resource: string])[] = [
  ['events', '/api/v1', 'events'],
  ['replication-controllers', '/api/v1', 'replicationcontrollers'],
  ['services', '/api/v1', 'services'],
  ['daemonsets', '/apis/apps/v1', 'daemonsets'],
  ['deployments', '/apis/apps/v1', 'deployments'],
  ['replicasets', '/apis/apps/v1', 'replicasets'],
  ['pods', '/api/v1', 'pods'],
];

interface List {
  items: KubernetesObject[];
}

export const command = defineCommand({
  name: 'dump',
  summary: 'Dump relevant information for debugging and diagnosis.',
  flags: {
    'all-namespaces': bool('If true, dump all namespaces.', { short: 'A' }),
    namespaces: list('A comma separated list of namespaces to dump.'),
    'output-directory': text(
      "Where to output the files. If empty or '-' uses stdout, otherwise creates a directory hierarchy in that directory",
    ),
    output: textOr('json', 'Output format. One of: (json, yaml).', { short: 'o' }),
  },
  async run({ flags, io, session }) {
    if (flags.output !== 'json' && flags.output !== 'yaml')
      throw new CommandError(`--output must be json or yaml, not "${flags.output}"`);
    const rest = await session.rest();
    const folder = flags['output-directory'];
    const toFolder = folder !== undefined && folder !== '-';
    await dump('nodes', await rest.json<List>({ path: '/api/v1/nodes' }));
    for (const namespace of await namespaces()) {
      const at = `/namespaces/${encodeURIComponent(namespace)}`;
      for (const [file, root, resource] of KINDS) {
        const found = await rest.json<List>({ path: `${root}${at}/${resource}` });
        await dump(`${namespace}/${file}`, found);
        if (resource === 'pods') for (const pod of found.items as Pod[]) await dumpLogs(pod);
      }
    }
    if (toFolder) io.out(`Cluster info dumped to ${folder}\n`);

    async function namespaces(): Promise<string[]> {
      if (flags['all-namespaces'])
        return (await rest.json<List>({ path: '/api/v1/namespaces' })).items.map((n) => n.metadata.name);
      const named = flags.namespaces.flatMap((n) => n.split(','));
      return named.length > 0 ? named : ['kube-system', await session.namespace()];
    }

    async function dump(name: string, found: List): Promise<void> {
      const shown = { ...found, items: found.items.map(withoutManagedFields) };
      const content = flags.output === 'json' ? formatJson(shown, { ordered: true }) : await stringifyYaml(shown);
      write(`${name}.${flags.output}`, content);
    }

    async function dumpLogs({ metadata, spec }: Pod): Promise<void> {
      const place = `/api/v1/namespaces/${encodeURIComponent(metadata.namespace)}/pods/${encodeURIComponent(metadata.name)}/log`;
      const parts: string[] = [];
      for (const { name } of [...(spec.initContainers ?? []), ...spec.containers]) {
        const of = `container ${name} of pod ${metadata.namespace}/${metadata.name}`;
        const content = await rest
          .stream({ path: place, query: { container: name }, accept: '*/*' })
          .then(async ({ body }) => (await readAll(body)).toString('utf8'))
          .catch((error: unknown) => `Request log error: ${error instanceof Error ? error.message : String(error)}\n`);
        parts.push(`==== START logs for ${of} ====\n${content}==== END logs for ${of} ====\n`);
      }
      write(`${metadata.namespace}/${metadata.name}/logs.txt`, parts.join(''));
    }

    /** Names are the API's own, checked there: no part of one leads out of the folder. */
    function write(name: string, content: string): void {
      if (!toFolder) return io.out(content);
      const file = path.resolve(io.cwd, folder ?? '', ...name.split('/').map((part) => part.replace(/^\.+$/, '_')));
      fs.mkdirSync(path.dirname(file), { recursive: true });
      fs.writeFileSync(file, content);
    }
  },
});
