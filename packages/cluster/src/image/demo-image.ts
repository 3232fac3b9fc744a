/**
 * Makes the demo image out of this machine's busybox and loads it into the cluster's image store, once. A machine without a
 * static busybox goes without: that is a note, not a failure.
 */
import fs from 'node:fs';
import { Readable } from 'node:stream';
import { DEMO_IMAGE } from '@mkube/api/demo-image';
import { buildImageArchive, openImageStore } from '@mkube/runtime';
import type { ClusterContext } from '../life/context.ts';
import { runTool } from '../processes/exec.ts';
import type { ClusterState } from '../state/cluster-state.ts';
import { demoImageConfig, demoImageFiles, isStaticElf } from './demo-image-plan.ts';

const CANDIDATES = [
  '/bin/busybox',
  '/usr/bin/busybox',
  '/bin/busybox.static',
  '/sbin/busybox',
  '/usr/local/bin/busybox',
];

export async function buildDemoImage(): Promise<Buffer | undefined> {
  const file = CANDIDATES.find((candidate) => fs.existsSync(candidate) && isStaticElf(fs.readFileSync(candidate)));
  if (file === undefined) return undefined;
  const { stdout } = await runTool(file, ['--list']);
  const files = demoImageFiles(
    fs.readFileSync(file),
    stdout.split('\n').filter((name) => name !== ''),
  );
  return buildImageArchive({ tags: [DEMO_IMAGE], files, config: demoImageConfig });
}

/** True when `mkube run NAME` without --image can work now. */
export async function ensureDemoImage({ paths, progress }: ClusterContext, state: ClusterState): Promise<boolean> {
  if (state.options.runtime !== 'runc') return true; // the other drivers have no images
  const store = openImageStore(paths.images);
  if (store.status(DEMO_IMAGE) !== undefined) return true;
  const archive = await buildDemoImage();
  if (archive !== undefined) await store.load(Readable.from([archive]));
  else
    progress({
      step: 'image',
      state: 'note',
      text: `no static busybox for the demo image: install busybox-static and run 'mkube up' again, or use --image`,
    });
  return archive !== undefined;
}
