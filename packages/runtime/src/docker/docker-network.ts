/**
 * A network of Docker's own, for callers who may make none themselves: Docker gives pods their addresses in it, and the machine is
 * in it under one of them. A part of its range can belong to a gateway: a container that runs a program of the machine's in it.
 */
import { createExec } from '../exec.ts';
import { RuntimeError } from '../runtime.ts';
import { type DockerClient, openDockerClient } from './client.ts';
import { clusterLabels } from './labels.ts';
import { ensurePauseImage, PAUSE_IMAGE } from './pause-image.ts';
import type { DockerContainer } from './types.ts';

export interface DockerNetworkOptions {
  socketPath: string;
  /** 'mk123456': what is made is called so and carries it. */
  cluster: string;
  /** All of the network. */
  cidr: string;
  /** What Docker gives addresses of. */
  podRange: string;
  /** The machine's own address in it, and the link that holds it. */
  hostAddress: string;
  link: string;
}

/** Makes it, or finds it. */
export function ensureDockerNetwork(options: DockerNetworkOptions): Promise<void> {
  const { cluster, cidr, podRange, hostAddress, link } = options;
  return withClient(options.socketPath, async (client) => {
    if (await client.call(`/networks/${cluster}`).catch(unlessMissing)) return;
    const body = {
      Name: cluster,
      Driver: 'bridge',
      Labels: clusterLabels(cluster),
      IPAM: { Config: [{ Subnet: cidr, IPRange: podRange, Gateway: hostAddress }] },
      Options: { 'com.docker.network.bridge.name': link },
    };
    await client.call('/networks/create', { method: 'POST', body });
  });
}

export interface DockerGatewayOptions {
  socketPath: string;
  cluster: string;
  address: string;
  /** A program of this machine, which sees the machine's files, and not to write. */
  command: readonly string[];
}

/** Starts it anew; Docker starts it again when it ends. */
export function startDockerGateway(options: DockerGatewayOptions): Promise<void> {
  const { cluster, address, command } = options;
  return withClient(options.socketPath, async (client) => {
    await ensurePauseImage(client, createExec(), cluster);
    const name = `${cluster}-services`;
    await client.call(`/containers/${name}`, { method: 'DELETE', query: { force: true } }).catch(unlessMissing);
    const body = {
      Image: PAUSE_IMAGE,
      Entrypoint: ['/bin/busybox', 'chroot', MACHINE, ...command],
      Env: ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'],
      Labels: clusterLabels(cluster),
      HostConfig: {
        NetworkMode: cluster,
        RestartPolicy: { Name: 'unless-stopped' },
        CapAdd: ['NET_ADMIN'],
        Mounts: [{ Type: 'bind', Source: '/', Target: MACHINE, ReadOnly: true }],
        Sysctls: SYSCTLS,
      },
      NetworkingConfig: { EndpointsConfig: { [cluster]: { IPAMConfig: { IPv4Address: address } } } },
    };
    const { Id } = await client.call<DockerContainer>('/containers/create', { method: 'POST', query: { name }, body });
    await client.call(`/containers/${Id}/start`, { method: 'POST' });
  });
}

const MACHINE = '/machine';

/** It forwards between neighbours on purpose, and must not tell them of a shorter way. */
const SYSCTLS = {
  'net.ipv4.ip_forward': '1',
  'net.ipv4.conf.all.send_redirects': '0',
  'net.ipv4.conf.default.send_redirects': '0',
};

/** What containers left in a folder belongs to their users: a container empties it, where the caller may not. */
export function removeByDocker(folder: string, { socketPath, cluster }: { socketPath: string; cluster: string }) {
  return withClient(socketPath, async (client) => {
    await ensurePauseImage(client, createExec(), cluster);
    const body = {
      Image: PAUSE_IMAGE,
      Entrypoint: '/bin/busybox find /remove -mindepth 1 -maxdepth 1 -exec /bin/busybox rm -rf {} +'.split(' '),
      Labels: clusterLabels(cluster),
      HostConfig: {
        NetworkMode: 'none',
        Mounts: [{ Type: 'bind', Source: folder, Target: '/remove' }],
      },
    };
    const { Id } = await client.call<DockerContainer>('/containers/create', { method: 'POST', body });
    try {
      await client.call(`/containers/${Id}/start`, { method: 'POST' });
      const { StatusCode } = await client.call<{ StatusCode: number }>(`/containers/${Id}/wait`, { method: 'POST' });
      if (StatusCode !== 0)
        throw new RuntimeError('CannotRun', `Docker cannot empty ${folder}: exit code ${StatusCode}`);
    } finally {
      await client.call(`/containers/${Id}`, { method: 'DELETE', query: { force: true } }).catch(unlessMissing);
    }
  });
}

/** With the last of the cluster's containers. */
export async function removeDockerNetwork(client: DockerClient, cluster: string): Promise<void> {
  await client.call(`/networks/${cluster}`, { method: 'DELETE' }).catch(unlessMissing);
}

async function withClient<T>(socketPath: string, work: (client: DockerClient) => Promise<T>): Promise<T> {
  const client = openDockerClient(socketPath);
  try {
    return await work(client);
  } finally {
    client.close();
  }
}

function unlessMissing(error: unknown): undefined {
  if (error instanceof RuntimeError && error.code === 'NotFound') return undefined;
  throw error;
}
