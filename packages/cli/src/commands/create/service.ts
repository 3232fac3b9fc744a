/** kubectl create service clusterip|nodeport|externalname. */
import type { KubernetesObject } from '@mkube/apimachinery';
import { type AnyCommand, type CommandGroup, defineCommand, int, list, text, subcommandsOf } from '../../command.ts';
import { CommandError } from '../../io.ts';
import { createObject, submitFlags } from '../../submit.ts';

interface PortSpec {
  name: string;
  port: number;
  protocol: string;
  targetPort: number | string;
  nodePort?: number;
}

function parsePort(word: string): PortSpec {
  const [port, target = port] = word.split(':');
  const number = Number(port);
  if (!(Number.isInteger(number) && number > 0 && number < 65_536))
    throw new CommandError(`invalid port ${word}: must be between 1 and 65535`);
  return {
    name: word.replace(':', '-'),
    port: number,
    protocol: 'TCP',
    targetPort: /^\d+$/.test(target ?? '') ? Number(target) : (target ?? ''),
  };
}

const define = (name: string, type: string): AnyCommand =>
  defineCommand({
    name,
    usage: `NAME --tcp=<port>:<targetPort>`,
    summary: `Create a ${type} service`,
    flags: {
      ...submitFlags,
      tcp: list("Port pairs can be specified as '<port>:<targetPort>'."),
      'node-port': int('Port used to expose the service on each node in a cluster.'),
      'external-name': text('External name of service'),
      clusterip: text("Assign your own ClusterIP or set to 'None' for a 'headless' service (no loadbalancing)."),
    },
    async run({ args, flags, io, session }) {
      const [service] = args;
      if (service === undefined) throw new CommandError('exactly one NAME is required, got 0');
      const ports = flags.tcp.flatMap((t) => t.split(',')).map(parsePort);
      if (ports.length === 0 && type !== 'ExternalName' && flags.clusterip !== 'None')
        throw new CommandError('at least one tcp port specifier must be provided');
      const labels = { app: service };
      const object = {
        kind: 'Service',
        apiVersion: 'v1',
        metadata: { name: service, labels },
        spec: {
          ...(ports.length > 0 && {
            ports: ports.map((p) => ({ ...p, ...(flags['node-port'] && { nodePort: flags['node-port'] }) })),
          }),
          ...(type === 'ExternalName' ? { externalName: flags['external-name'] } : { selector: labels }),
          ...(flags.clusterip && { clusterIP: flags.clusterip }),
          type,
        },
        status: { loadBalancer: {} },
      };
      await createObject({
        object: object as unknown as KubernetesObject,
        flags,
        io,
        session,
        generated: { failure: `failed to create ${type} service:` },
      });
    },
  });

const all = [
  define('clusterip', 'ClusterIP'),
  define('externalname', 'ExternalName'),
  define('loadbalancer', 'LoadBalancer'),
  define('nodeport', 'NodePort'),
];

export const command: CommandGroup = {
  name: 'service',
  summary: 'Create a service using a specified subcommand.',
  subcommands: subcommandsOf(all),
};
