/** metrics.k8s.io/v1beta1 nodes: what each node uses, for `kubectl top nodes`. */
import type { NodeMetrics } from '@mkube/api';
import { notFound } from '@mkube/apimachinery';
import type { Handler, ResourceContext } from '../../context.ts';
import { respondObject } from '../../encode/respond.ts';
import { respondList } from '../../encode/list.ts';
import { renderingOf } from '../../handlers/rendering.ts';
import { usageBetween } from '../../resource-metrics/rates.ts';
import type { Entry } from '../../storage/entry.ts';
import { measuredMetadata, selectedOf, windowOf } from './measured.ts';

export const getNodeMetrics: Handler = async (context) => {
  const { server, info } = context;
  const rendering = renderingOf(context);
  await server.resources.caches.fresh();
  const [found] = await metricsOf(context, [server.resources.need('nodes').get({ namespace: '', name: info.name })]);
  if (!found) throw notFound({ group: 'metrics.k8s.io', resource: 'nodemetrics' }, info.name);
  return respondObject(found, 200, rendering);
};

export const listNodeMetrics: Handler = async (context) => {
  const rendering = renderingOf(context, { list: true });
  await context.server.resources.caches.fresh();
  const nodes = selectedOf(context, context.server.resources.need('nodes'));
  return respondList(await metricsOf(context, nodes), {}, rendering);
};

async function metricsOf({ server }: ResourceContext, nodes: readonly Entry[]): Promise<NodeMetrics[]> {
  const measured = await server.resourceMetrics.read(nodes.map(({ name }) => name));
  return nodes.flatMap((entry): NodeMetrics[] => {
    const of = measured.get(entry.name);
    const found = of?.now.node && usageBetween(of.before?.node, of.now.node);
    if (!found) return [];
    const { usage } = found;
    const metadata = measuredMetadata(entry, server.clock());
    return [{ kind: 'NodeMetrics', apiVersion: 'metrics.k8s.io/v1beta1', metadata, ...windowOf([found]), usage }];
  });
}
