import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { describe, it } from 'node:test';
import { describeRuntime, type RuntimeHarness } from '../conformance.ts';
import { containerConfig, NEVER, sandboxConfig, untilExited } from '../conformance/harness.ts';
import { layoutOf } from '../runc/layout.ts';
import { openRecords, type ContainerRecord } from '../runc/records.ts';
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

const noProc = process.platform === 'linux' ? undefined : 'no /proc here';

describe('plain processes on a machine that others use', { skip: noProc }, () => {
  const open = (root: string) => createProcessRuntime({ root });

  it('leave alone the process that has the number of one of theirs after a boot', async (t) => {
    const root = mkdtempSync(path.join(os.tmpdir(), 'mkube-process-'));
    const stranger = spawn('sleep', ['1000'], { detached: true, stdio: 'ignore' });
    t.after(() => {
      stranger.kill('SIGKILL');
      rmSync(root, { recursive: true });
    });
    await once(stranger, 'spawn');
    const layout = layoutOf(root);
    mkdirSync(layout.root, { recursive: true });
    const records = openRecords(layout.records);
    const config = containerConfig('host', ['true']);
    const process = { pid: stranger.pid ?? 0, startTime: '1' };
    const record = { id: 'c', sandboxId: 's', config, imageId: '', logPath: '', stopSignal: 'SIGTERM', cgroup: '' };
    records.saveContainer({ ...record, state: 'running', createdAt: '', process, conmon: process } as ContainerRecord);
    records.close();
    const runtime = await open(root);
    assert.equal((await runtime.containerStatus('c'))?.reason, 'Unknown');
    await runtime.removeContainer('c');
    await runtime.close();
    await once(spawn('true'), 'exit'); // by then it would be known that the other one had to end before
    assert.equal(stranger.signalCode, null);
  });

  it('show nobody their environment', async (t) => {
    const root = mkdtempSync(path.join(os.tmpdir(), 'mkube-process-'));
    const runtime = await open(root);
    const sandbox = sandboxConfig(root);
    const id = await runtime.runPodSandbox(sandbox, { signal: NEVER });
    t.after(async () => {
      await runtime.removePodSandbox(id);
      await runtime.close();
      rmSync(root, { recursive: true });
    });
    const env = [
      { name: 'SECRET', value: 'hush-a-bye' },
      { name: 'LARGE', value: 'x'.repeat(100_000) },
      { name: 'LARGER', value: 'y'.repeat(100_000) },
    ];
    const config = containerConfig('host', ['sh', '-c', 'sleep 1000 & wait'], { env });
    const container = await runtime.createContainer(id, config, sandbox);
    await runtime.startContainer(container);
    const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
    const shown = pids.filter((pid) => commandOf(pid).includes('hush-a-bye'));
    assert.deepEqual(shown, []);
    await runtime.stopContainer(container, 0);
    await untilExited(runtime, container);
  });
});

function commandOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'latin1');
  } catch {
    return '';
  }
}
