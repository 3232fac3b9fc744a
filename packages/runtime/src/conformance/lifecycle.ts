/** Sandboxes and containers from their making to their end, for every driver. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import type { RuntimeEvent } from '../runtime.ts';
import {
  containerConfig,
  NEVER,
  readLog,
  rejectsWith,
  sandboxConfig,
  test,
  until,
  untilExited,
  withPod,
  type Opened,
} from './harness.ts';

export function sandboxCases(opened: Opened): void {
  test(opened, 'says its name and version, and that it is ready', async ({ runtime }) => {
    const { name, version } = await runtime.version();
    assert.match(name, /^\w+$/);
    assert.match(version, /^\d+\./);
    const status = await runtime.status();
    assert.equal(status.runtimeReady, true, status.message);
    assert.equal(status.networkReady, true, status.message);
  });

  test(opened, 'finds a sandbox by id and by label, with all it was given', async (harness) => {
    const { runtime } = harness;
    await withPod(harness, {}, async ({ id, config }) => {
      const [found, ...more] = await runtime.listPodSandboxes({ labels: config.labels });
      assert.equal(more.length, 0);
      assert.equal(found?.id, id);
      assert.equal(found.state, 'ready');
      const { name, uid, namespace, attempt, labels, annotations } = config;
      const { createdAt, ips, state, id: _, ...given } = found;
      assert.deepEqual(given, { name, uid, namespace, attempt, labels, annotations });
      assert.ok(Math.abs(createdAt.getTime() - Date.now()) < 60_000);
      assert.deepEqual(await runtime.podSandboxStatus(id), found);
      assert.deepEqual(await runtime.listPodSandboxes({ id, labels: { test: 'another' } }), []);
    });
  });

  test(opened, 'stops and removes a sandbox as often as asked', async ({ runtime, folder, cgroupParent = '' }) => {
    const config = sandboxConfig(folder, { cgroupParent });
    const id = await runtime.runPodSandbox(config, { signal: NEVER });
    await runtime.stopPodSandbox(id);
    await runtime.stopPodSandbox(id);
    assert.equal((await runtime.podSandboxStatus(id))?.state, 'notready');
    await runtime.removePodSandbox(id);
    await runtime.removePodSandbox(id);
    assert.equal(await runtime.podSandboxStatus(id), undefined);
    assert.deepEqual(await runtime.listPodSandboxes({ labels: config.labels }), []);
  });

  test(
    opened,
    'makes no sandbox for a handler that nobody has configured',
    async ({ runtime, folder, cgroupParent = '' }) => {
      const config = sandboxConfig(folder, { cgroupParent, runtimeHandler: 'no-such-handler' });
      await rejectsWith('CannotRun', runtime.runPodSandbox(config, { signal: NEVER }));
      assert.deepEqual(await runtime.listPodSandboxes({ labels: config.labels }), []);
    },
  );

  test(opened, 'ends what runs in a sandbox when it stops, and forgets it when the sandbox goes', async (harness) => {
    const { runtime } = harness;
    await withPod(harness, {}, async ({ id, start }) => {
      const container = await start(['sleep', '1000']);
      await runtime.stopPodSandbox(id);
      assert.equal((await runtime.containerStatus(container))?.state, 'exited');
      await runtime.removePodSandbox(id);
      assert.equal(await runtime.containerStatus(container), undefined);
    });
  });

  test(opened, 'makes no container in a stopped or unknown sandbox', async (harness) => {
    const { runtime, image } = harness;
    await withPod(harness, {}, async ({ id, config }) => {
      const container = containerConfig(image, ['true']);
      await rejectsWith('NotFound', runtime.createContainer('0'.repeat(64), container, config));
      await runtime.stopPodSandbox(id);
      await rejectsWith('NotFound', runtime.createContainer(id, container, config));
    });
  });
}

export function containerCases(opened: Opened): void {
  test(opened, 'takes a container through created, running and exited', async (harness) => {
    const { runtime, image } = harness;
    await withPod(harness, {}, async ({ id: sandboxId, config }) => {
      const labels = { app: 'x', tier: 'y' };
      const given = containerConfig(image, ['sh', '-c', 'trap "exit 0" TERM; echo ready; sleep 1000 & wait'], {
        labels,
        annotations: { a: 'b' },
        attempt: 3,
      });
      const id = await runtime.createContainer(sandboxId, given, config);
      const created = await runtime.containerStatus(id);
      assert.equal(created?.state, 'created');
      assert.equal(created.startedAt, undefined);
      await runtime.startContainer(id);
      const running = await runtime.containerStatus(id);
      assert.equal(running?.state, 'running');
      await untilLogged(harness, id, 'ready');
      await runtime.stopContainer(id, 30);
      const ended = await untilExited(runtime, id);
      assert.equal(ended.exitCode, 0);
      assert.equal(ended.reason, 'Completed');
      assert.deepEqual(ended.startedAt, running.startedAt);
      assert.ok(ended.createdAt <= (ended.startedAt ?? 0) && (ended.startedAt ?? 0) <= (ended.finishedAt ?? 0));
      const [listed] = await runtime.listContainers({ sandboxId, labels: { app: 'x' } });
      assert.equal(listed?.id, id);
      assert.deepEqual([listed.name, listed.attempt, listed.sandboxId], ['app', 3, sandboxId]);
      assert.deepEqual([listed.labels, listed.annotations], [labels, { a: 'b' }]);
      assert.deepEqual(await runtime.listContainers({ id, labels: { app: 'z' } }), []);
    });
  });

  test(opened, 'reports the true exit code', async (harness) => {
    await withPod(harness, {}, async ({ start }) => {
      const status = await untilExited(harness.runtime, await start('exit 42'));
      assert.deepEqual([status.exitCode, status.reason], [42, 'Error']);
    });
  });

  test(opened, 'writes logs in the format of CRI, line by line, the streams apart', async (harness) => {
    await withPod(harness, {}, async ({ start, config }) => {
      const { logPath } = await untilExited(harness.runtime, await start('echo one; echo two >&2; echo three'));
      assert.ok(logPath.startsWith(config.logDirectory));
      assert.equal(readLog(logPath, 'stdout'), 'one\nthree\n');
      assert.equal(readLog(logPath, 'stderr'), 'two\n');
    });
  });

  test(opened, 'keeps a last line that has no end', async (harness) => {
    await withPod(harness, {}, async ({ output }) => {
      assert.equal((await output('echo -n no end')).trimEnd(), 'no end');
    });
  });

  test(opened, 'gives the environment to the command', async (harness) => {
    const env = [
      { name: 'GREETING', value: 'hello you' },
      { name: 'EMPTY', value: '' },
    ];
    await withPod(harness, {}, async ({ output }) => {
      assert.equal(await output('echo "$GREETING|$EMPTY|"', { env }), 'hello you||\n');
    });
  });

  test(opened, 'stops a container that heeds its signal with the code it chooses', async (harness) => {
    const { runtime } = harness;
    await withPod(harness, {}, async ({ start }) => {
      for (const graceSeconds of [30, 3_000_000]) {
        const id = await start('trap "exit 7" TERM; echo ready; sleep 1000 & wait');
        await untilLogged(harness, id, 'ready');
        await runtime.stopContainer(id, graceSeconds);
        assert.equal((await runtime.containerStatus(id))?.exitCode, 7);
        await runtime.stopContainer(id, graceSeconds);
      }
    });
  });

  test(opened, 'kills a container that ignores its signal when the time is up', async (harness) => {
    const { runtime } = harness;
    await withPod(harness, {}, async ({ start }) => {
      const id = await start('trap "" TERM; echo ready; sleep 1000');
      await untilLogged(harness, id, 'ready');
      const before = Date.now();
      await runtime.stopContainer(id, 1);
      assert.ok(Date.now() - before >= 950, 'it got its time');
      const status = await runtime.containerStatus(id);
      assert.deepEqual([status?.state, status?.exitCode], ['exited', 137]);
    });
  });

  test(opened, 'removes a running container, as often as asked', async (harness) => {
    const { runtime } = harness;
    await withPod(harness, {}, async ({ start }) => {
      const id = await start(['sleep', '1000']);
      await runtime.removeContainer(id);
      await runtime.removeContainer(id);
      assert.equal(await runtime.containerStatus(id), undefined);
    });
  });

  test(opened, 'says what is wrong with a command that is not there', async (harness) => {
    const { runtime, image } = harness;
    await withPod(harness, {}, async ({ id: sandboxId, config }) => {
      const id = await runtime.createContainer(sandboxId, containerConfig(image, ['/no/such/file']), config);
      await assert.rejects(runtime.startContainer(id), (error: { code?: string; message: string }) => {
        assert.equal(error.code, 'CannotRun');
        assert.match(error.message, /no such file/);
        return true;
      });
      const status = await runtime.containerStatus(id);
      assert.equal(status?.state, 'exited');
      assert.ok(status.exitCode !== 0);
      assert.match(status.reason ?? '', /^(StartError|ContainerCannotRun)$/);
    });
  });

  test(opened, 'starts a container once', async (harness) => {
    const { runtime } = harness;
    await withPod(harness, {}, async ({ start }) => {
      const id = await start(['sleep', '1000']);
      await rejectsWith('CannotRun', runtime.startContainer(id));
    });
  });

  test(opened, 'tells unknown containers apart', async ({ runtime }) => {
    const id = 'f'.repeat(64);
    assert.equal(await runtime.containerStatus(id), undefined);
    await rejectsWith('NotFound', runtime.startContainer(id));
    await rejectsWith('NotFound', runtime.execSync(id, ['true'], 1));
    await runtime.stopContainer(id, 1);
    await runtime.removeContainer(id);
  });

  test(opened, 'runs many containers of a pod at once, each to its own end', async (harness) => {
    await withPod(harness, {}, async ({ start }) => {
      const codes = [1, 2, 3, 4, 5, 6];
      const ids = await Promise.all(codes.map((code) => start(`exit ${code}`)));
      const ended = await Promise.all(ids.map((id) => untilExited(harness.runtime, id)));
      assert.deepEqual(
        ended.map((status) => status.exitCode),
        codes,
      );
    });
  });

  test(opened, 'tells of a start and of an end soon after it', async (harness) => {
    const { runtime } = harness;
    const seen: RuntimeEvent[] = [];
    const subscription = runtime.onEvent((event) => seen.push(event));
    await withPod(harness, {}, async ({ start }) => {
      const id = await start('exit 0');
      const of = (type: string): RuntimeEvent | undefined => seen.find((e) => e.containerId === id && e.type === type);
      await until('both events', () => (of('started') && of('stopped') ? true : undefined));
    });
    subscription.close();
  });

  test(opened, 'forgets a log path that leads out of the log folder', async (harness) => {
    const { runtime, image } = harness;
    await withPod(harness, {}, async ({ id, config }) => {
      const evil = containerConfig(image, ['true'], { logPath: '../../../evil.log' });
      await rejectsWith('CannotRun', runtime.createContainer(id, evil, config));
      assert.equal(existsSync(`${config.logDirectory}/../../../evil.log`), false);
    });
  });
}

export function restartCases(opened: Opened): void {
  test(opened, 'finds all that runs when it is opened anew, and restarts nothing', async (harness) => {
    await withPod(harness, {}, async ({ id: sandboxId, start, config }) => {
      const id = await start(['sleep', '1000']);
      const before = await harness.runtime.containerStatus(id);
      const sandbox = await harness.runtime.podSandboxStatus(sandboxId);
      await harness.reopen();
      const { runtime } = harness;
      assert.deepEqual(await runtime.containerStatus(id), before);
      assert.deepEqual(await runtime.podSandboxStatus(sandboxId), sandbox);
      assert.equal((await runtime.execSync(id, ['sh', '-c', 'echo here'], 10)).stdout.toString(), 'here\n');
      await runtime.stopContainer(id, 0);
      assert.equal((await runtime.containerStatus(id))?.exitCode, 137);
      await runtime.removePodSandbox(sandboxId);
      assert.deepEqual(await runtime.listPodSandboxes({ labels: config.labels }), []);
    });
  });

  test(opened, 'knows the exit code of what ended while nobody looked', async (harness) => {
    await withPod(harness, {}, async ({ id: sandboxId, start }) => {
      const id = await start('echo before; sleep 0.3; echo after; exit 9');
      await harness.reopen(() => new Promise((resolve) => setTimeout(resolve, 700)));
      const status = await untilExited(harness.runtime, id);
      assert.deepEqual([status.exitCode, status.reason], [9, 'Error']);
      assert.equal(readLog(status.logPath, 'stdout'), 'before\nafter\n');
      await harness.runtime.removePodSandbox(sandboxId);
    });
  });
}

export async function untilLogged(
  { runtime }: { runtime: { containerStatus: (id: string) => Promise<{ logPath: string } | undefined> } },
  id: string,
  text: string,
): Promise<void> {
  await until(`${text} in the log`, async () => {
    const status = await runtime.containerStatus(id);
    return status && existsSync(status.logPath) && readLog(status.logPath, 'stdout').includes(text) ? true : undefined;
  });
}
