/**
 * Pods of one node on a bridge in the node's network namespace: a veth pair each, addresses out of the node's range, the
 * bridge as default gateway. Two programs a pod: one inside its namespace, one on the node, and that for all pods of the moment.
 * Host ports are nftables rules.
 */
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { readText } from '../atomic-file.ts';
import { runOrThrow, type Exec, createExec } from '../exec.ts';
import { createBatch } from '../queues.ts';
import { RuntimeError } from '../runtime.ts';
import { openAddresses, type Addresses } from './addresses.ts';
import { openHostPorts } from './host-ports.ts';
import type { NetworkOptions, PodNetwork } from './network.ts';

/** Of the network namespace that this process is in. */
const FORWARDING = '/proc/sys/net/ipv4/ip_forward';

export function createBridgeNetwork(options: NetworkOptions & { exec?: Exec }): PodNetwork {
  const { bridge, namePrefix, stateDir, exec = createExec() } = options;
  if (!/^[a-z][a-z0-9-]{0,9}$/.test(namePrefix))
    throw new Error(`bad name prefix ${namePrefix}: at most 10 of a-z, 0-9, -`);
  const addresses = openAddresses(options.podCidr, path.join(stateDir, 'addresses'));
  const hostPorts = openHostPorts({ exec, table: namePrefix, stateDir: path.join(stateDir, 'host-ports'), bridge });
  const linkOf = (address: string): string => linkName(namePrefix, address);
  let bridgeUp: Promise<void> | undefined;
  const ensureBridge = (): Promise<void> => {
    bridgeUp ??= setUpBridge(exec, options, addresses).catch((error: unknown) => {
      bridgeUp = undefined;
      throw error;
    });
    return bridgeUp;
  };
  const onNode = createBatch<readonly string[]>((changes) => changeLinks(exec, changes));
  const detach = async (id: string): Promise<void> => {
    const address = addresses.addressOf(id);
    if (!address) return;
    await hostPorts.withdraw(id);
    // gone already with its namespace, mostly
    await onNode([`link del ${linkOf(address)}`]).catch(() => undefined);
    addresses.release(id);
  };
  return {
    async attach({ id, enter }) {
      await ensureBridge();
      const address = addresses.allocate(id);
      const link = linkOf(address);
      const inside = podBatch({ link, address, addresses, options, nodePid: process.pid });
      try {
        await runOrThrow(exec, [...enter, 'ip', '-batch', '-'], { input: inside });
        await onNode([
          ...quietLink(link, options),
          `link set ${link} master ${bridge} up`,
          // a pod that reaches itself by its Service comes back through the port it left by
          `link set ${link} type bridge_slave hairpin on`,
        ]);
      } catch (error) {
        await detach(id);
        throw error;
      }
      return { ips: [address] };
    },
    ipsOf: (id) => [addresses.addressOf(id)].filter((address) => address !== undefined),
    detach,
    publish: (id, ip, ports) => hostPorts.publish(id, ip, ports),
    async keepOnly(ids) {
      for (const id of addresses.ids()) if (!ids.has(id)) await detach(id);
    },
    fault: () =>
      ensureBridge().then(
        () => undefined,
        (error: Error) => error.message,
      ),
  };
}

/** Changes of many pods by one program; each hears only of its own that failed, by the number of its line. */
async function changeLinks(exec: Exec, changes: readonly (readonly string[])[]): Promise<(Error | undefined)[]> {
  const lines = changes.flat();
  const { code, stderr } = await exec.run(['ip', '-force', '-batch', '-'], { input: `${lines.join('\n')}\n` });
  if (code === 0) return changes.map(() => undefined);
  const failed = new Set([...stderr.matchAll(/^Command failed \S+:(\d+)/gm)].map(([, number]) => Number(number)));
  let next = 1;
  return changes.map((own) => {
    const numbers = own.map(() => next++);
    const isFine = failed.size > 0 && !numbers.some((number) => failed.has(number));
    return isFine ? undefined : new RuntimeError('Unavailable', `ip failed (exit ${code}): ${stderr.trim()}`);
  });
}

/** What `ip -batch` does inside a pod's namespace; the wire's other end is made in the node's, that of `nodePid`. */
function podBatch(pod: {
  link: string;
  address: string;
  addresses: Addresses;
  options: NetworkOptions;
  nodePid: number;
}): string {
  const { link, address, addresses, options, nodePid } = pod;
  const size = options.mtu ? `mtu ${options.mtu} ` : '';
  return [
    'link set lo up',
    `link add eth0 ${size}type veth peer name ${link} ${size}netns ${nodePid}`,
    // an address alone, everything by the gateway: so the node sees both ways of what it translates, neighbours included
    `addr add ${address}/32 dev eth0`,
    ...quietLink('eth0', options),
    'link set eth0 up',
    `route add ${addresses.gateway} dev eth0 scope link`,
    `route add default via ${addresses.gateway}`,
    '',
  ].join('\n');
}

/** Gone from the kernel where IPv6 was turned off at its start. */
const IPV6 = '/proc/sys/net/ipv6';
const LEAST_IPV6_MTU = 1280;

/**
 * Pods have IPv4 addresses. Link-local ones of IPv6, which a link makes itself when it comes up, would be announced to every other
 * pod of the node: among many pods that is more work than the rest of their network. Refused of a link that knows no IPv6.
 */
function quietLink(link: string, { mtu = LEAST_IPV6_MTU }: NetworkOptions): string[] {
  return mtu >= LEAST_IPV6_MTU && existsSync(IPV6) ? [`link set ${link} addrgenmode none`] : [];
}

async function setUpBridge(exec: Exec, { bridge, mtu }: NetworkOptions, addresses: Addresses): Promise<void> {
  const found = await exec.run(['ip', 'link', 'show', 'dev', bridge]);
  if (found.code !== 0) {
    const size = mtu ? ` mtu ${mtu}` : '';
    await runOrThrow(exec, ['ip', '-batch', '-'], { input: `link add ${bridge}${size} type bridge\n` });
  }
  const gateway = `${addresses.gateway}/${addresses.prefixLength}`;
  await runOrThrow(exec, ['ip', '-batch', '-'], {
    input: `addr replace ${gateway} dev ${bridge}\nlink set ${bridge} up\n`,
  });
  if (readText(FORWARDING)?.trim() !== '1') writeFileSync(FORWARDING, '1');
  // neighbours are reached by the gateway on purpose: it must not tell pods of a shorter way
  for (const link of ['all', bridge]) writeFileSync(`/proc/sys/net/ipv4/conf/${link}/send_redirects`, '0');
}

/** Unique within the node: by the last sixteen bits of the address. */
function linkName(prefix: string, address: string): string {
  const [, , high = 0, low = 0] = address.split('.').map(Number);
  return `${prefix}p${(high * 256 + low).toString(36)}`;
}

/** Takes the bridge and the rules away, with the node. */
export async function removeBridgeNetwork(options: NetworkOptions & { exec?: Exec }): Promise<void> {
  const { bridge, namePrefix, stateDir, exec = createExec() } = options;
  await exec.run(['ip', 'link', 'del', bridge]);
  await exec.run(['nft', 'delete', 'table', 'ip', namePrefix]);
  rmSync(stateDir, { recursive: true, force: true });
}
