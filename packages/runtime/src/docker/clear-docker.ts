/** Ends or removes what a cluster, or one node of it, has in a dockerd, whoever made it: for when its kubelet is gone. */
import { RuntimeError } from '../runtime.ts';
import { openDockerClient, type DockerClient } from './client.ts';
import { removeDockerNetwork } from './docker-network.ts';
import { ofScope } from './labels.ts';
import type { DockerImage, DockerSummary } from './types.ts';

export interface ClearDockerOptions {
  socketPath: string;
  cluster: string;
  /** Absent: all nodes. */
  node?: string;
  /** Else the containers stay, as after a power cut. */
  remove: boolean;
}

export async function clearDocker({ socketPath, cluster, node, remove }: ClearDockerOptions): Promise<void> {
  const client = openDockerClient(socketPath);
  try {
    const filters = JSON.stringify(ofScope({ cluster, node }));
    const found = await client.call<DockerSummary[]>('/containers/json', { query: { all: true, filters } });
    await Promise.all(found.map((container) => endContainer(client, container, remove)));
    if (!remove || node !== undefined) return;
    await Promise.all([releaseImages(client, cluster), removeDockerNetwork(client, cluster)]);
  } finally {
    client.close();
  }
}

async function endContainer(client: DockerClient, { Id, State }: DockerSummary, remove: boolean): Promise<void> {
  if (remove) await unlessGone(client.call(`/containers/${Id}?force=true&v=true`, { method: 'DELETE' }));
  else if (State === 'running') await unlessGone(client.call(`/containers/${Id}/kill`, { method: 'POST' }));
}

const OURS = 'mkube.local/';

/** Images that mkube itself made carry a tag for each cluster that uses them: they go with the last one. */
async function releaseImages(client: DockerClient, cluster: string): Promise<void> {
  const query = { filters: JSON.stringify({ reference: [`${OURS}*`] }) };
  const images = await client.call<DockerImage[]>('/images/json', { query });
  for (const { RepoTags } of images) {
    for (const tag of tagsToDrop(RepoTags ?? [], cluster))
      await unlessGone(client.call(`/images/${tag}`, { method: 'DELETE' }));
  }
}

/** Of one image: the cluster's own tag, and with the last cluster's the others that mkube gave it. */
export function tagsToDrop(all: readonly string[], cluster: string): string[] {
  const tags = all.filter((tag) => tag.startsWith(OURS));
  const own = tags.filter((tag) => tag.endsWith(`:${cluster}`));
  if (own.length === 0) return [];
  const isUsed = tags.some((tag) => /:mk\d{6}$/.test(tag) && !own.includes(tag));
  return isUsed ? own : tags;
}

/** Gone already, going, or in use by somebody else: all is as it should be. */
async function unlessGone(work: Promise<unknown>): Promise<void> {
  await work.catch((error: unknown) => {
    if (!(error instanceof RuntimeError && error.code !== 'Unavailable')) throw error;
  });
}
