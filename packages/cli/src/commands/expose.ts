/** kubectl expose: a Service for a pod, service, replication controller, deployment or replica set. */
import type { KubernetesObject, LabelSelector } from '@mkube/apimachinery';
import { defineCommand, text } from '../command.ts';
import { CommandError } from '../io.ts';
import { pathOf } from '../mapper.ts';
import { parseTargets } from '../resource-args.ts';
import { createObject, submitFlags } from '../submit.ts';

interface Exposable {
  selector?: LabelSelector | Record<string, string>;
  template?: {
    metadata?: { labels?: Record<string, string> };
    spec: { containers: { ports?: { containerPort: number; protocol?: string }[] }[] };
  };
  containers?: { ports?: { containerPort: number; protocol?: string }[] }[];
}

export const command = defineCommand({
  name: 'expose',
  usage:
    '(-f FILENAME | TYPE NAME) [--port=port] [--protocol=TCP|UDP|SCTP] [--target-port=number-or-name] [--name=name] [--type=type]',
  summary: 'Expose a resource as a new Kubernetes service.',
  examples: '  mkube expose deployment web --port=80 --target-port=8080',
  flags: {
    ...submitFlags,
    port: text('The port that the service should serve on. Copied from the resource being exposed, if unspecified'),
    'target-port': text('Name or number for the port on the container that the service should direct traffic to.'),
    protocol: text("The network protocol for the service to be created. Default is 'TCP'."),
    name: text('The name for the newly created object.'),
    type: text("Type for this service: ClusterIP, NodePort, LoadBalancer, or ExternalName. Default is 'ClusterIP'."),
    selector: text('A label selector to use for this service.'),
    'cluster-ip': text("ClusterIP to be assigned to the service. Set to 'None' to create a headless service."),
    labels: text('Labels to apply to the service created by this call.', { short: 'l' }),
    'session-affinity': text(
      "If non-empty, set the session affinity for the service to this; legal values: 'None', 'ClientIP'",
    ),
  },
  async run({ args, flags, io, session }) {
    const { targets } = await parseTargets(args, await session.mapper(), 'expose');
    const [target] = targets;
    if (target?.name === undefined) throw new CommandError('resource(s) were provided, but no name was specified');
    const object = await (
      await session.rest()
    ).json<KubernetesObject & { spec: Exposable }>({
      path: pathOf(target.mapping, await session.namespace(), target.name),
    });
    const selector = flags.selector ? pairs(flags.selector) : selectorOf(object);
    const ports = flags.port
      ? flags.port.split(',').map((p) => portOf(p, flags['target-port'], flags.protocol))
      : portsOf(object.spec);
    if (ports.length === 0) throw new CommandError(`couldn't find port via --port flag or introspection`);
    const service = {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: {
        name: flags.name ?? target.name,
        ...((flags.labels || object.metadata.labels) && {
          labels: flags.labels ? pairs(flags.labels) : object.metadata.labels,
        }),
      },
      spec: {
        selector,
        ports: ports.map((p, i) => (ports.length > 1 ? { name: `port-${i + 1}`, ...p } : p)),
        ...(flags.type && { type: flags.type }),
        ...(flags['cluster-ip'] && { clusterIP: flags['cluster-ip'] }),
        ...(flags['session-affinity'] && { sessionAffinity: flags['session-affinity'] }),
      },
      status: { loadBalancer: {} },
    };
    const manager = flags['field-manager'] ?? 'kubectl-expose';
    await createObject({
      object: service as unknown as KubernetesObject,
      flags: { ...flags, 'field-manager': manager },
      io,
      session,
      past: 'exposed',
      generated: {},
    });
  },
});

const pairs = (text: string): Record<string, string> =>
  Object.fromEntries(text.split(',').map((p) => [p.split('=')[0] ?? '', p.split('=')[1] ?? '']));

function selectorOf({ kind, metadata, spec }: KubernetesObject & { spec: Exposable }): Record<string, string> {
  if (kind === 'Pod') {
    if (!metadata.labels) throw new CommandError('the pod has no labels and cannot be exposed');
    return metadata.labels;
  }
  const selector = spec.selector as (LabelSelector & Record<string, string>) | undefined;
  if (selector?.matchExpressions)
    throw new CommandError('couldn\'t convert expressions - "matchExpressions" to map-based selector format');
  const labels = (selector?.matchLabels ?? selector) as Record<string, string> | undefined;
  if (!labels) throw new CommandError(`cannot expose a ${kind}`);
  return labels;
}

interface Port {
  port: number;
  protocol: string;
  targetPort: number | string;
}

function portOf(text: string, target: string | undefined, protocol = 'TCP'): Port {
  const port = Number(text);
  if (!(Number.isInteger(port) && port > 0 && port < 65_536)) throw new CommandError(`invalid port: ${text}`);
  return { port, protocol, targetPort: target === undefined ? port : /^\d+$/.test(target) ? Number(target) : target };
}

function portsOf(spec: Exposable): Port[] {
  const containers = spec.template?.spec.containers ?? spec.containers ?? [];
  return containers
    .flatMap((c) => c.ports ?? [])
    .map((p) => ({ port: p.containerPort, protocol: p.protocol ?? 'TCP', targetPort: p.containerPort }));
}
