import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { describeRuntime, type RuntimeHarness } from '../conformance.ts';
import { createProcessRuntime, processSupports } from './runtime.ts';

describeRuntime('process', {
  supports: processSupports,
  skip: process.platform === 'win32' ? 'plain processes need a POSIX system' : undefined,
  async open() {
    const folder = mkdtempSync(path.join(os.tmpdir(), 'mkube-process-'));
    const open = () => createProcessRuntime({ root: path.join(folder, 'node') });
    const harness: RuntimeHarness = {
      runtime: await open(),
      image: 'host',
      folder,
      async reopen(meanwhile) {
        await harness.runtime.close();
        await meanwhile?.();
        harness.runtime = await open();
      },
      async close() {
        const sandboxes = await harness.runtime.listPodSandboxes();
        await Promise.all(sandboxes.map(({ id }) => harness.runtime.removePodSandbox(id)));
        await harness.runtime.close();
        rmSync(folder, { recursive: true, force: true });
      },
    };
    return harness;
  },
});
