import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ServiceRule } from '../plan.ts';
import { parseFlows, staleFlows } from './flows.ts';
import { SettledFlows } from './settled-flows.ts';

const endpoint = (ip: string, port = 53) => ({ ip, port });
const rule = (more: Partial<ServiceRule> = {}): ServiceRule => ({
  name: 'default/dns:/UDP',
  protocol: 'UDP',
  port: 53,
  clusterIPs: ['10.96.0.9'],
  externalIPs: ['192.0.2.1'],
  nodePort: 30_053,
  backends: [endpoint('10.1.0.2')],
  externalBackends: [endpoint('10.1.0.3')],
  keepsClientAddress: false,
  affinitySeconds: undefined,
  ...more,
});
const line = (target: string, port: number, answers: string, answersPort = 53): string =>
  `udp      17 29 src=10.1.0.7 dst=${target} sport=12345 dport=${port} src=${answers} dst=10.1.0.7 sport=${answersPort} dport=12345 [ASSURED] mark=0 use=1`;
const stale = (text: string, rules = [rule()]): boolean => staleFlows(parseFlows(text), rules).length > 0;

describe('flows of UDP', () => {
  it('are read in both their directions, whatever stands between', () => {
    const text = `${line('10.96.0.9', 53, '10.1.0.2')}
udp      17 3 src=10.1.0.7 dst=10.96.0.9 sport=5 dport=53 [UNREPLIED] src=10.96.0.9 dst=10.1.0.7 sport=53 dport=5 mark=0 use=1
`;
    assert.deepEqual(parseFlows(text), [
      { source: endpoint('10.1.0.7', 12_345), target: endpoint('10.96.0.9'), answers: endpoint('10.1.0.2') },
      { source: endpoint('10.1.0.7', 5), target: endpoint('10.96.0.9'), answers: endpoint('10.96.0.9') },
    ]);
  });

  const rows: [what: string, text: string, isStale: boolean][] = [
    ['to an endpoint go on', line('10.96.0.9', 53, '10.1.0.2'), false],
    ['to what is no endpoint any more are stale', line('10.96.0.9', 53, '10.1.0.9'), true],
    ['to another port of an endpoint are stale', line('10.96.0.9', 53, '10.1.0.2', 54), true],
    ['from before there was an endpoint are stale', line('10.96.0.9', 53, '10.96.0.9'), true],
    ['from outside go to endpoints for outside', line('192.0.2.1', 53, '10.1.0.3'), false],
    ['from outside to other endpoints are stale', line('192.0.2.1', 53, '10.1.0.2'), true],
    ['to a node port go on, at any address of the node', line('10.240.0.7', 30_053, '10.1.0.3'), false],
    ['to a node port can be stale', line('10.240.0.7', 30_053, '10.1.0.2'), true],
    ['to what is no Service are none of ours', line('10.1.0.99', 53, '10.1.0.99'), false],
  ];
  for (const [what, text, isStale] of rows) it(what, () => assert.equal(stale(text), isStale));

  it('of a Service of TCP are none of ours', () => {
    assert.equal(stale(line('10.96.0.9', 53, '10.1.0.9'), [rule({ protocol: 'TCP' })]), false);
  });

  it('are looked at when endpoints of UDP changed, and not else', async () => {
    const asked: string[] = [];
    const settled = new SettledFlows({
      list: async () => {
        asked.push('list');
        return parseFlows(line('10.96.0.9', 53, '10.1.0.2'));
      },
      forget: async ({ answers }) => void asked.push(`forget ${answers.ip}`),
    });
    const web = rule({ protocol: 'TCP', clusterIPs: ['10.96.0.10'] });
    await settled.settle([web]);
    await settled.settle([web, rule()]);
    await settled.settle([rule()]);
    assert.deepEqual(asked, ['list']);
    await settled.settle([rule({ backends: [endpoint('10.1.0.4')] })]);
    assert.deepEqual(asked, ['list', 'list', 'forget 10.1.0.2']);
  });
});
