/** Bytes, packets and errors of network interfaces, as /proc/<pid>/net/dev has them for the network of that process. */
import fs from 'node:fs/promises';

export interface InterfaceUsage {
  name: string;
  rxBytes: number;
  rxPackets: number;
  rxErrors: number;
  rxDropped: number;
  txBytes: number;
  txPackets: number;
  txErrors: number;
  txDropped: number;
}

/** Without the loopback. */
export async function interfacesOf(pid: number | 'self'): Promise<InterfaceUsage[]> {
  return parseNetDev(await fs.readFile(`/proc/${pid}/net/dev`, 'utf8').catch(() => ''));
}

export function parseNetDev(text: string): InterfaceUsage[] {
  return text.split('\n').flatMap((line) => {
    const [, name, rest = ''] = /^\s*([^:\s]+):\s*(.*)$/.exec(line) ?? [];
    if (name === undefined || name === 'lo') return [];
    const numbers = rest.split(/\s+/).map(Number);
    const at = (index: number): number => numbers[index] ?? 0;
    const received = { rxBytes: at(0), rxPackets: at(1), rxErrors: at(2), rxDropped: at(3) };
    return [{ name, ...received, txBytes: at(8), txPackets: at(9), txErrors: at(10), txDropped: at(11) }];
  });
}

/** The one that leads outside: what a summary shows as the pod's. */
export const defaultInterface = (interfaces: readonly InterfaceUsage[]): InterfaceUsage | undefined =>
  interfaces.find(({ name }) => name === 'eth0') ?? interfaces[0];
