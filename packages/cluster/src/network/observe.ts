/** What the kernel shows: namespaces, links and ranges in use. Reads only. */
import fs from 'node:fs';
import { mountPoints as mountPointsSeen } from '@mkube/runtime';
import { needTool, runTool } from '../processes/exec.ts';
import { hostLink, NETNS_FOLDER, prefixOf, switchNamespace } from './names.ts';
import type { Observed } from './plan.ts';
import { type Cidr, parseCidr } from './subnets.ts';

export async function observeNetwork(id: string): Promise<Observed> {
  const namespaces = new Set(namespacesOf(id));
  const sw = switchNamespace(id);
  return {
    namespaces,
    hasHostLink: hostLinks().has(hostLink(id)),
    switchLinks: new Set(namespaces.has(sw) ? await linksIn(sw) : []),
  };
}

/** The cluster's namespaces that are alive: a file that is no mount is what a reboot left behind. */
export function namespacesOf(id: string): string[] {
  const start = `${NETNS_FOLDER}/${prefixOf(id)}-`;
  return mountPoints()
    .filter((p) => p.startsWith(start))
    .map((p) => p.slice(NETNS_FOLDER.length + 1));
}

/** Files of namespaces that no longer live. */
export function staleNamespaceFiles(id: string): string[] {
  if (!fs.existsSync(NETNS_FOLDER)) return [];
  const alive = new Set(namespacesOf(id));
  return fs
    .readdirSync(NETNS_FOLDER)
    .filter((name) => name.startsWith(`${prefixOf(id)}-`) && !alive.has(name))
    .map((name) => `${NETNS_FOLDER}/${name}`);
}

/** Links of the namespace that this process is in; /sys may be another's. */
export function hostLinks(): Set<string> {
  const lines = fs.readFileSync('/proc/self/net/dev', 'utf8').split('\n').slice(2);
  return new Set(lines.map((line) => line.slice(0, line.indexOf(':')).trim()).filter((name) => name !== ''));
}

/** Every mount point that this process sees, in the order in which they were mounted. /var/run is /run. */
export const mountPoints = (): string[] =>
  mountPointsSeen().map((point) => (point.startsWith('/var/run/') ? point.slice('/var'.length) : point));

/** Ranges that routes and addresses of this machine use. */
export async function rangesInUse(): Promise<Cidr[]> {
  const text = await needTool('ip', ['-j', '-4', 'route', 'show', 'table', 'all']);
  return (JSON.parse(text || '[]') as { dst?: string; type?: string }[])
    .map((route) => parseCidr(route.dst ?? ''))
    .filter((cidr) => cidr !== undefined)
    .filter((cidr) => cidr.bits > 0 && cidr.base < 0xe0000000);
}

/** Of the way out, so that packets of pods fit through a tunnel; 1500 where there is none. */
export async function outsideMtu(): Promise<number> {
  const { stdout } = await runTool('ip', ['-j', '-4', 'route', 'show', 'default']);
  const [route] = JSON.parse(stdout || '[]') as { dev?: string }[];
  if (route?.dev === undefined) return 1500;
  const link = await runTool('ip', ['-j', 'link', 'show', 'dev', route.dev]);
  const mtu = (JSON.parse(link.stdout || '[]') as { mtu?: number }[])[0]?.mtu ?? 1500;
  return mtu >= 576 ? Math.min(mtu, 1500) : 1500;
}

async function linksIn(namespace: string): Promise<string[]> {
  const text = await needTool('ip', ['-n', namespace, '-j', 'link', 'show']);
  return (JSON.parse(text || '[]') as { ifname: string }[]).map((link) => link.ifname);
}
