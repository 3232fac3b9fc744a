/**
 * Flows of UDP as the kernel remembers them. A flow is translated as it was when it began, and lasts for as long as its client goes on:
 * one to an endpoint that is gone, or from before there was any, has to be forgotten, or its client is never heard. Pure.
 */
import type { Backend, ServiceRule } from '../plan.ts';

export interface Flow {
  /** As the client sends it. */
  source: Backend;
  target: Backend;
  /** Who answers: another one than the target where the flow is translated. */
  answers: Backend;
}

/** What `conntrack -L -p udp` prints: both directions of a flow a line. */
export function parseFlows(text: string): Flow[] {
  return text.split('\n').flatMap((line) => {
    const values = (name: string): string[] =>
      [...line.matchAll(new RegExp(`\\b${name}=(\\S+)`, 'g'))].map((m) => m[1] ?? '');
    const [ips, targets, sourcePorts, targetPorts] = [values('src'), values('dst'), values('sport'), values('dport')];
    const end = (list: string[], ports: string[], i: number): Backend => ({
      ip: list[i] ?? '',
      port: Number(ports[i]),
    });
    if (ips.length !== 2 || targetPorts.length !== 2) return [];
    return [
      { source: end(ips, sourcePorts, 0), target: end(targets, targetPorts, 0), answers: end(ips, sourcePorts, 1) },
    ];
  });
}

/** Those to an address of a Service that none of its endpoints answers. */
export function staleFlows(flows: readonly Flow[], rules: readonly ServiceRule[]): Flow[] {
  const endpoints = new Map<string, Set<string>>();
  for (const rule of rules.filter(({ protocol }) => protocol === 'UDP')) {
    const inside = new Set(rule.backends.map(keyOf));
    const outside = new Set(rule.externalBackends.map(keyOf));
    for (const ip of rule.externalIPs) endpoints.set(keyOf({ ip, port: rule.port }), outside);
    for (const ip of rule.clusterIPs) endpoints.set(keyOf({ ip, port: rule.port }), inside);
    if (rule.nodePort !== undefined) endpoints.set(keyOf({ ip: ANY, port: rule.nodePort }), outside);
  }
  return flows.filter(({ target, answers }) => {
    const known = endpoints.get(keyOf(target)) ?? endpoints.get(keyOf({ ip: ANY, port: target.port }));
    return known !== undefined && !known.has(keyOf(answers));
  });
}

/** Of a node port: every address of the node. */
const ANY = '';

const keyOf = ({ ip, port }: Backend): string => `${ip}:${port}`;
