/** The image that sandboxes sleep in: made of the machine's static busybox, loaded once. */
import { Readable } from 'node:stream';
import type { Exec } from '../exec.ts';
import { buildImageArchive } from '../images/build.ts';
import { findBusybox, readBusyboxFiles } from '../images/busybox.ts';
import { RuntimeError } from '../runtime.ts';
import type { DockerClient } from './client.ts';
import type { DockerImage } from './types.ts';

const PAUSE_REPOSITORY = 'mkube.local/pause';
export const PAUSE_IMAGE = `${PAUSE_REPOSITORY}:1`;

/** `cluster` is a tag beside the image's own: it goes with the last of the clusters that have put theirs on it. */
export async function ensurePauseImage(client: DockerClient, exec: Exec, cluster: string): Promise<void> {
  const claim = `${PAUSE_REPOSITORY}:${cluster}`;
  const found = await client.call<DockerImage>(`/images/${PAUSE_IMAGE}/json`).catch(() => undefined);
  if (found?.RepoTags?.includes(claim)) return;
  if (found) {
    const query = { repo: PAUSE_REPOSITORY, tag: cluster };
    await client.call(`/images/${PAUSE_IMAGE}/tag`, { method: 'POST', query });
    return;
  }
  const busybox = findBusybox();
  if (!busybox)
    throw new RuntimeError('CannotRun', 'no static busybox to make the pause image of: apt-get install busybox-static');
  const config = { Entrypoint: ['/bin/busybox', 'sleep', 'infinity'] };
  const archive = buildImageArchive({
    tags: [PAUSE_IMAGE, claim],
    files: await readBusyboxFiles(exec, busybox),
    config,
  });
  await loadDockerImage(client, Readable.from([archive]));
}

/** Loads what docker save writes. */
export async function loadDockerImage(client: DockerClient, archive: Readable): Promise<void> {
  const headers = { 'content-type': 'application/x-tar' };
  const response = await client.open('/images/load', {
    method: 'POST',
    query: { quiet: true },
    headers,
    body: archive,
  });
  let said = '';
  for await (const chunk of response as AsyncIterable<Buffer>) said += chunk.toString();
  const error = /"error":"((?:[^"\\]|\\.)*)"/.exec(said)?.[1];
  if (error) throw new RuntimeError('CannotRun', `dockerd did not load the image: ${error}`);
}
