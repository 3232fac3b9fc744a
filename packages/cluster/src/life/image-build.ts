/**
 * `mkube image build`: by the dockerd of this machine, whatever the cluster runs on; where that is not the nodes' own engine, the
 * image is brought to them. Without one, an error that says how else.
 */
import fs from 'node:fs';
import path from 'node:path';
import { Readable } from 'node:stream';
import { type DockerImages, openDockerImages, packContext, whyNoDocker } from '@mkube/runtime';
import { dockerSocketOf } from '../engines/docker-socket.ts';
import { withClusterImages } from '../image/cluster-images.ts';
import { ClusterError } from '../state/cluster-error.ts';
import type { ClusterState } from '../state/cluster-state.ts';
import { type ClusterContext, type ClusterRef, contextOf, needState } from './context.ts';
import { runStep } from './progress.ts';

export interface ImageBuildOptions extends ClusterRef {
  /** The context; absolute. */
  folder: string;
  /** The image's name. */
  tag: string;
  /** Inside the context; 'Dockerfile' unless told. */
  dockerfile?: string;
  buildArgs?: Record<string, string>;
  target?: string;
  /** Hears what the builder says. */
  say(text: string): void;
}

export async function imageBuild(options: ImageBuildOptions): Promise<void> {
  const context = contextOf(options);
  const state = needState(context);
  const dockerfile = dockerfileOf(options);
  const builder = await openBuilder(context, state);
  try {
    await build(builder, { ...options, dockerfile });
    if (state.options.runtime === 'docker') return; // the builder's images are the nodes'
    await runStep(context.progress, 'image', 'Loading image', () =>
      withClusterImages(context.paths, state, async (images) => {
        await images.load(await builder.save(options.tag), { ref: options.tag });
      }),
    );
  } finally {
    builder.close();
  }
}

async function build(builder: DockerImages, options: ImageBuildOptions & { dockerfile: string }): Promise<void> {
  const { folder, tag, dockerfile, buildArgs = {}, target, say, signal } = options;
  const files = Readable.from(packContext(folder, dockerfile), { objectMode: false });
  try {
    await builder.build(files, {
      tag,
      dockerfile,
      buildArgs,
      say,
      ...(target !== undefined && { target }),
      ...(signal && { signal }),
    });
  } catch (error) {
    throw new ClusterError(`cannot build ${tag}: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    });
  }
}

function dockerfileOf({ folder, dockerfile = 'Dockerfile' }: ImageBuildOptions): string {
  if (!fs.existsSync(folder) || !fs.statSync(folder).isDirectory())
    throw new ClusterError(`the context ${folder} is no folder: name the one that the image is built of`);
  const inside = path.relative(folder, path.resolve(folder, dockerfile));
  if (inside.startsWith('..'))
    throw new ClusterError(`${dockerfile} is outside of the context ${folder}: it has to be inside of it`);
  if (!fs.existsSync(path.join(folder, inside)))
    throw new ClusterError(`there is no ${dockerfile} in ${folder}: name it with --file`);
  return inside;
}

async function openBuilder({ paths, env }: ClusterContext, state: ClusterState): Promise<DockerImages> {
  const socketPath = state.options.engineSocket ?? dockerSocketOf(env);
  const fault = await whyNoDocker(socketPath);
  if (fault === undefined) return openDockerImages({ socketPath, tmp: path.join(paths.images, 'tmp') });
  throw new ClusterError(
    `nothing here builds images (${fault}): start Docker, or build elsewhere and bring the archive with ` +
      `'mkube image load FILE' (docker save, podman save, or buildctl's --output type=docker,dest=FILE)`,
  );
}
