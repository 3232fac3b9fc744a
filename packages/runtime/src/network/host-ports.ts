/**
 * Ports of the node forwarded to pods: one nftables table of the node, a map from (address, port) to the pod's, a file per
 * sandbox with its elements so that they can be taken away after a restart.
 */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { readJson, writeFileAtomic } from '../atomic-file.ts';
import { runOrThrow, type Exec } from '../exec.ts';
import type { PortMapping } from '../runtime.ts';

export interface HostPorts {
  publish(id: string, ip: string, ports: readonly PortMapping[]): Promise<void>;
  withdraw(id: string): Promise<void>;
}

export interface HostPortsOptions {
  exec: Exec;
  table: string;
  stateDir: string;
  bridge: string;
}

export function openHostPorts({ exec, table, stateDir, bridge }: HostPortsOptions): HostPorts {
  const fileOf = (id: string): string => path.join(stateDir, `${id}.json`);
  const nft = (script: string): Promise<Buffer> => runOrThrow(exec, ['nft', '-f', '-'], { input: script });
  const withdraw = async (id: string): Promise<void> => {
    const commands = readJson<string[]>(fileOf(id));
    if (!commands) return;
    for (const command of commands) await exec.run(['nft', '-f', '-'], { input: `delete ${command}\n` });
    rmSync(fileOf(id), { force: true });
  };
  return {
    withdraw,
    async publish(id, ip, ports) {
      await withdraw(id);
      const elements = ports.filter((port) => port.hostPort > 0).map((port) => elementOf(table, ip, port));
      if (elements.length === 0) return;
      mkdirSync(stateDir, { recursive: true, mode: 0o700 });
      // Without it the kernel drops what goes from the node's loopback to a pod.
      writeFileSync(`/proc/sys/net/ipv4/conf/${bridge}/route_localnet`, '1');
      // first: whoever is killed here leaves a port that can be taken away
      writeFileAtomic(fileOf(id), JSON.stringify(elements.map((e) => e.key)));
      try {
        await nft(tableScript(table, bridge) + elements.map((e) => `add ${e.add}\n`).join(''));
      } catch (error) {
        rmSync(fileOf(id), { force: true }); // nothing was added, and the port may be another pod's
        throw error;
      }
    },
  };
}

function elementOf(table: string, ip: string, port: PortMapping): { add: string; key: string } {
  const { hostIP, hostPort, containerPort } = port;
  const any = !hostIP || hostIP === '0.0.0.0' || hostIP === '::';
  const map = `on-${port.protocol.toLowerCase()}${any ? '' : '-address'}`;
  const from = any ? `${hostPort}` : `${hostIP} . ${hostPort}`;
  return {
    key: `element ip ${table} ${map} { ${from} }`,
    add: `element ip ${table} ${map} { ${from} : ${ip} . ${containerPort} }`,
  };
}

/** Adding what is there already changes nothing, but for rules: their chain is emptied first, in the same transaction. */
function tableScript(table: string, bridge: string): string {
  const protocols = ['tcp', 'udp', 'sctp'];
  const maps = protocols.flatMap((p) => [
    `add map ip ${table} on-${p} { type inet_service : ipv4_addr . inet_service; }`,
    `add map ip ${table} on-${p}-address { type ipv4_addr . inet_service : ipv4_addr . inet_service; }`,
  ]);
  const rules = protocols.flatMap((p) => [
    `add rule ip ${table} ports dnat ip to ip daddr . ${p} dport map @on-${p}-address`,
    `add rule ip ${table} ports dnat ip to ${p} dport map @on-${p}`,
  ]);
  return [
    `add table ip ${table}`,
    ...maps,
    `add chain ip ${table} ports`,
    `flush chain ip ${table} ports`,
    ...rules,
    `add chain ip ${table} prerouting { type nat hook prerouting priority dstnat; }`,
    `flush chain ip ${table} prerouting`,
    `add rule ip ${table} prerouting fib daddr type local jump ports`,
    `add chain ip ${table} output { type nat hook output priority -100; }`,
    `flush chain ip ${table} output`,
    `add rule ip ${table} output fib daddr type local jump ports`,
    `add chain ip ${table} postrouting { type nat hook postrouting priority srcnat; }`,
    `flush chain ip ${table} postrouting`,
    // A pod that reaches itself by a port of its node, and the node by its loopback, must be answered through the node.
    `add rule ip ${table} postrouting ct status dnat oifname ${bridge} ip saddr 127.0.0.0/8 masquerade`,
    `add rule ip ${table} postrouting ct status dnat iifname ${bridge} oifname ${bridge} masquerade`,
    '',
  ].join('\n');
}
