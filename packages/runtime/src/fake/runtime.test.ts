import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { describeRuntime, type RuntimeHarness } from '../conformance.ts';
import { createFakeRuntime, fakeSupports } from './runtime.ts';

describeRuntime('fake', {
  supports: fakeSupports,
  async open() {
    const folder = mkdtempSync(path.join(os.tmpdir(), 'mkube-fake-'));
    const image = 'docker.io/library/busybox:1';
    const first = createFakeRuntime({ images: [image] });
    const harness: RuntimeHarness = {
      runtime: first,
      image,
      folder,
      async reopen(meanwhile) {
        await harness.runtime.close();
        await meanwhile?.();
        harness.runtime = createFakeRuntime({ engine: first.engine });
      },
      async close() {
        await harness.runtime.close();
        rmSync(folder, { recursive: true, force: true });
      },
    };
    return harness;
  },
});
