/** metrics.k8s.io/v1beta1 pods: what each container of a running pod uses, for `kubectl top pods` and autoscalers. */
import type { Pod, PodMetrics } from '@mkube/api';
import { notFound } from '@mkube/apimachinery';
import type { Handler, ResourceContext } from '../../context.ts';
import { respondObject } from '../../encode/respond.ts';
import { respondList } from '../../encode/list.ts';
import { renderingOf } from '../../handlers/rendering.ts';
import type { PodPoints } from '../../resource-metrics/node-sample.ts';
import { type Usage, usageBetween } from '../../resource-metrics/rates.ts';
import type { Entry } from '../../storage/entry.ts';
import { measuredMetadata, selectedOf, windowOf } from './measured.ts';

export const getPodMetrics: Handler = async (context) => {
  const { server, info } = context;
  const rendering = renderingOf(context);
  await server.resources.caches.fresh();
  const [found] = await metricsOf(context, [server.resources.need('pods').get(info)]);
  if (!found) throw notFound({ group: 'metrics.k8s.io', resource: 'podmetrics' }, `${info.namespace}/${info.name}`);
  return respondObject(found, 200, rendering);
};

export const listPodMetrics: Handler = async (context) => {
  const rendering = renderingOf(context, { list: true });
  await context.server.resources.caches.fresh();
  const pods = selectedOf(context, context.server.resources.need('pods'));
  return respondList(await metricsOf(context, pods), {}, rendering);
};

async function metricsOf({ server }: ResourceContext, pods: readonly Entry[]): Promise<PodMetrics[]> {
  const running = pods.flatMap((entry) => {
    const { spec, status } = entry.object as Pod;
    return status.phase === 'Running' && spec.nodeName ? [{ entry, node: spec.nodeName }] : [];
  });
  const measured = await server.resourceMetrics.read(running.map(({ node }) => node));
  return running.flatMap(({ entry, node }): PodMetrics[] => {
    const key = `${entry.namespace}/${entry.name}`;
    const of = measured.get(node);
    const found = containersOf(of?.now.pods.get(key), of?.before?.pods.get(key));
    if (!found) return [];
    const containers = found.map(([name, { usage }]) => ({ name, usage }));
    const metadata = measuredMetadata(entry, server.clock());
    const window = windowOf(found.map(([, usage]) => usage));
    return [{ kind: 'PodMetrics', apiVersion: 'metrics.k8s.io/v1beta1', metadata, ...window, containers }];
  });
}

/** All of a pod's containers or none: a sum that lacks one would mislead. */
function containersOf(now: PodPoints | undefined, before: PodPoints | undefined): [string, Usage][] | undefined {
  const found = [...(now ?? [])].map(([name, point]) => [name, usageBetween(before?.get(name), point)] as const);
  if (found.length === 0) return undefined;
  const known = found.flatMap(([name, usage]): [string, Usage][] => (usage ? [[name, usage]] : []));
  return known.length === found.length ? known : undefined;
}
