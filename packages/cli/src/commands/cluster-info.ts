/** kubectl cluster-info: where the control plane is, and the services that say they belong to the cluster; `dump` says all. */
import type { Service } from '@mkube/api';
import { type CommandGroup, defineCommand, subcommand } from '../command.ts';

const info = defineCommand({
  name: 'cluster-info',
  summary: 'Display addresses of the control plane and services with label kubernetes.io/cluster-service=true.',
  flags: {},
  async run({ io, session }) {
    const rest = await session.rest();
    const server = (await session.server()).replace(/\/$/, '');
    const services = await rest.json<{ items: Service[] }>({
      path: '/api/v1/namespaces/kube-system/services',
      query: { labelSelector: 'kubernetes.io/cluster-service=true' },
    });
    const green = (t: string): string => (io.isTerminal ? `\u001b[0;32m${t}\u001b[0m` : t);
    const yellow = (t: string): string => (io.isTerminal ? `\u001b[0;33m${t}\u001b[0m` : t);
    const line = (name: string, url: string): void => io.out(`${green(name)} is running at ${yellow(url)}\n`);
    line('Kubernetes control plane', server);
    for (const { metadata, spec } of services.items) {
      const [port] = spec.ports ?? [];
      const scheme = port?.port === 443 ? 'https:' : '';
      const target = port ? `${scheme}${metadata.name}:${port.name ?? port.port}` : metadata.name;
      line(
        metadata.labels?.['kubernetes.io/name'] ?? metadata.name,
        `${server}/api/v1/namespaces/${metadata.namespace}/services/${target}/proxy`,
      );
    }
    io.out("\nTo further debug and diagnose cluster problems, use 'mkube status'.\n");
  },
});

export const command: CommandGroup = {
  name: 'cluster-info',
  summary: info.summary,
  own: info,
  subcommands: [
    subcommand('dump', 'Dump relevant information for debugging and diagnosis', () => import('./cluster-info-dump.ts')),
  ],
};
