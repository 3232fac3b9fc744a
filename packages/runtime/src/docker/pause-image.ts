/** The image that sandboxes sleep in: made of the machine's static busybox, loaded once. */
import { Readable } from 'node:stream';
import type { Exec } from '../exec.ts';
import { buildImageArchive } from '../images/build.ts';
import { findBusybox, readBusyboxFiles } from '../images/busybox.ts';
import { RuntimeError } from '../runtime.ts';
import type { DockerClient } from './client.ts';

export const PAUSE_IMAGE = 'mkube.local/pause:1';

export async function ensurePauseImage(client: DockerClient, exec: Exec): Promise<void> {
  const found = await client.call(`/images/${PAUSE_IMAGE}/json`).catch(() => undefined);
  if (found) return;
  const busybox = findBusybox();
  if (!busybox)
    throw new RuntimeError('CannotRun', 'no static busybox to make the pause image of: apt-get install busybox-static');
  const config = { Entrypoint: ['/bin/busybox', 'sleep', 'infinity'] };
  const archive = buildImageArchive({ tags: [PAUSE_IMAGE], files: await readBusyboxFiles(exec, busybox), config });
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
