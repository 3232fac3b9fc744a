/** mkube status: what runs of a cluster, as a table to look at, or as JSON. */
import { stringifyYaml } from '@mkube/apimachinery';
import type { ClusterStatus } from '@mkube/cluster';
import { clusterFlags, nameOption, withCluster } from '../cluster-flags.ts';
import { defineCommand, text } from '../command.ts';
import { CommandError } from '../io.ts';
import { formatJson } from '../printers/structured.ts';

/** As minikube has it: 0 all runs, 1 something that should run does not. */
const PARTIAL = 1;

export const command = defineCommand({
  name: 'status',
  summary: 'Show what runs of the local cluster.',
  flags: { ...clusterFlags, output: text('Output format. One of: (json, yaml).', { short: 'o' }) },
  async run({ flags, io }) {
    if (flags.output !== undefined && flags.output !== 'json' && flags.output !== 'yaml')
      throw new CommandError(`--output must be json or yaml, not "${flags.output}"`);
    const status = await withCluster(flags, io, (ref, cluster) => cluster.status(ref));
    if (flags.output === 'json') io.out(formatJson(status));
    else if (flags.output === 'yaml') io.out(await stringifyYaml(status));
    else io.out(await tableOf(status, io.isTerminal));
    return status.state === 'running' ? 0 : PARTIAL;
  },
});

async function tableOf(status: ClusterStatus, isTerminal: boolean): Promise<string> {
  const [{ default: Table }, { Chalk }] = await Promise.all([import('cli-table3'), import('chalk')]);
  const chalk = new Chalk({ level: isTerminal ? 1 : 0 });
  const paint = (state: string): string =>
    ['running', 'True'].includes(state) ? chalk.green(state) : chalk.red(state);
  const plain = isTerminal ? {} : { style: { head: [], border: [] } };
  const table = new Table({ head: ['part', 'state', 'ready', 'pid', 'address', 'pods'], ...plain });
  table.push(['server', paint(status.server.state), '', status.server.pid ?? '', status.address, '']);
  for (const node of status.nodes)
    table.push([node.name, paint(node.state), paint(node.ready), node.pid ?? '', node.address, node.podCidr]);
  const hint = status.state === 'running' ? '' : `Start what is missing with: mkube up${nameOption(status.name)}\n`;
  return `Cluster "${status.name}" is ${status.state} (runtime ${status.runtime}, state in ${status.folder})\n${table.toString()}\n${hint}`;
}
