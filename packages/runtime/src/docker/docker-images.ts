/** Images of a dockerd, for who has no driver at hand: lists them, loads archives of any form into it, builds. */
import { createReadStream } from 'node:fs';
import type { Readable } from 'node:stream';
import { normalizeReference } from '../images/reference.ts';
import { repackArchive } from '../images/repack.ts';
import type { ImageStore } from '../images/store.ts';
import { RuntimeError, type Image } from '../runtime.ts';
import { jsonLines, openDockerClient } from './client.ts';
import { fromDockerImage } from './mapping.ts';
import { loadDockerImage } from './pause-image.ts';
import type { DockerImage } from './types.ts';

export interface DockerImages {
  load: ImageStore['load'];
  list(): Promise<Image[]>;
  /** `context` is a tar; `say` hears the builder's words. */
  build(context: Readable, options: DockerBuild): Promise<void>;
  /** As docker save writes it. */
  save(ref: string): Promise<AsyncIterable<Buffer>>;
  close(): void;
}

export interface DockerBuild {
  tag: string;
  dockerfile: string;
  buildArgs: Record<string, string>;
  target?: string;
  say(text: string): void;
  signal?: AbortSignal;
}

/** `tmp` is a folder for archives on their way. */
export function openDockerImages({ socketPath, tmp }: { socketPath: string; tmp: string }): DockerImages {
  const client = openDockerClient(socketPath);
  return {
    async list() {
      const found = await client.call<DockerImage[]>('/images/json');
      return found.map((image) => fromDockerImage(image, normalizeReference));
    },
    load: (archive, options = {}) =>
      repackArchive(archive, {
        ...options,
        tmp,
        bring: (file) => loadDockerImage(client, createReadStream(file)),
      }),
    async build(context, { tag, dockerfile, buildArgs, target, say, signal }) {
      const query = { t: tag, dockerfile, buildargs: JSON.stringify(buildArgs), target, rm: true };
      const headers = { 'content-type': 'application/x-tar' };
      const stream = await client.open('/build', { method: 'POST', query, headers, body: context, signal });
      for await (const { stream: text, status, error } of jsonLines<BuildLine>(stream)) {
        if (error) throw new RuntimeError('CannotRun', error);
        const words = text ?? (status === undefined ? '' : `${status}\n`);
        if (words !== '') say(words);
      }
    },
    save: (ref) => client.open(`/images/${normalizeReference(ref)}/get`),
    close: () => client.close(),
  };
}

interface BuildLine {
  stream?: string;
  status?: string;
  error?: string;
}
