/**
 * Makes the demo image out of this machine's busybox and loads it into the cluster's image store, once. A machine without a
 * static busybox goes without: that is a note, not a failure.
 */
import fs from 'node:fs';
import { Readable } from 'node:stream';
import { DEMO_IMAGE } from '@mkube/api/demo-image';
import { buildImageArchive } from '@mkube/runtime';
import type { ClusterContext } from '../life/context.ts';
import { prefixOf } from '../network/names.ts';
import { runTool } from '../processes/exec.ts';
import type { ClusterState } from '../state/cluster-state.ts';
import { withClusterImages } from './cluster-images.ts';
import { demoImageConfig, demoImageFiles, isStaticElf } from './demo-image-plan.ts';

const CANDIDATES = [
  '/bin/busybox',
  '/usr/bin/busybox',
  '/bin/busybox.static',
  '/sbin/busybox',
  '/usr/local/bin/busybox',
];

export async function buildDemoImage(tags: string[]): Promise<Buffer | undefined> {
  const file = CANDIDATES.find((candidate) => fs.existsSync(candidate) && isStaticElf(fs.readFileSync(candidate)));
  if (file === undefined) return undefined;
  const { stdout } = await runTool(file, ['--list']);
  const files = demoImageFiles(
    fs.readFileSync(file),
    stdout.split('\n').filter((name) => name !== ''),
  );
  return buildImageArchive({ tags, files, config: demoImageConfig });
}

/** True when `mkube run NAME` without --image can work now. */
export async function ensureDemoImage({ paths, progress }: ClusterContext, state: ClusterState): Promise<boolean> {
  const { runtime } = state.options;
  if (runtime === 'process' || runtime === 'fake') return true; // they have no images
  const tags = tagsFor(state);
  const archive = await withClusterImages(paths, state, async (images) => {
    const there = (await images.list()).flatMap((image) => image.tags);
    if (tags.every((tag) => there.includes(tag))) return 'there';
    const built = await buildDemoImage(tags);
    if (built !== undefined) await images.load(Readable.from([built]));
    return built;
  });
  if (archive === undefined)
    progress({
      step: 'image',
      state: 'note',
      text: `no static busybox for the demo image: install busybox-static and run 'mkube up' again, or use --image`,
    });
  return archive !== undefined;
}

/** In a dockerd that others use, a tag of the cluster's own says that it is used: the image goes with the last of them. */
function tagsFor({ id, options }: ClusterState): string[] {
  const [repository = ''] = DEMO_IMAGE.split(':');
  return options.runtime === 'docker' ? [DEMO_IMAGE, `${repository}:${prefixOf(id)}`] : [DEMO_IMAGE];
}
