/** /stats/summary and the four /metrics of a kubelet: what is used, and how the kubelet itself does. */
import os from 'node:os';
import { EXPOSITION_TYPE, formatFamilies } from '@mkube/apimachinery';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { cadvisorMetricsOf } from '../stats/cadvisor-metrics.ts';
import { createRates } from '../stats/rates.ts';
import { resourceMetricsOf } from '../stats/resource-metrics.ts';
import { summaryOf } from '../stats/summary.ts';
import { type Depth, usageOfNode, usageOfPods } from '../stats/usage.ts';
import type { ServerDeps } from './deps.ts';
import { isTrue } from './log-options.ts';

export function serveStats(app: FastifyInstance, deps: ServerDeps): void {
  const { clock, nodeName, metrics, version } = deps;
  const rates = createRates();
  const startedAt = clock.now();
  const usage = async (depth: Depth) => Promise.all([usageOfNode(deps, clock.now(), depth), usageOfPods(deps, depth)]);
  app.get<{ Querystring: Record<string, string> }>('/stats/summary', async (request) => {
    const onlyCpuAndMemory = isTrue(request.query['only_cpu_and_memory'] ?? null);
    const [node, pods] = await usage({ disk: !onlyCpuAndMemory, pressure: true });
    const kubelet = { startedAt, ...ownUsage() };
    return summaryOf({ nodeName, node, pods, kubelet, rates, onlyCpuAndMemory });
  });
  app.get('/metrics/resource', async (_request, reply) =>
    exposition(reply, resourceMetricsOf(...(await usage({ disk: false, pressure: false })))),
  );
  app.get('/metrics/cadvisor', async (_request, reply) => {
    const [node, pods] = await usage({ disk: false, pressure: true });
    const machine = { cpus: os.availableParallelism(), kernelVersion: os.release(), osVersion: os.version() };
    return exposition(reply, cadvisorMetricsOf({ node, pods, version, ...machine }));
  });
  app.get('/metrics/probes', async (_request, reply) => exposition(reply, formatFamilies(metrics.probes.families())));
  app.get('/metrics', async (_request, reply) => exposition(reply, formatFamilies(metrics.own.families())));
}

const exposition = (reply: FastifyReply, text: string): FastifyReply => reply.type(EXPOSITION_TYPE).send(text);

/** Of this very process. */
function ownUsage(): { cpuNanoseconds: number; memoryBytes: number } {
  const { user, system } = process.cpuUsage();
  return { cpuNanoseconds: (user + system) * 1000, memoryBytes: process.memoryUsage.rss() };
}
