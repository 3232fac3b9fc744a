/** What reaches into a running container: exec, attach, terminals, ports, logs opened anew. */
import assert from 'node:assert/strict';
import { renameSync } from 'node:fs';
import { Duplex, PassThrough, Readable } from 'node:stream';
import {
  collectedStreams,
  readLog,
  rejectsWith,
  test,
  until,
  untilExited,
  withPod,
  type RuntimeHarness,
  type Opened,
} from './harness.ts';
import { untilLogged } from './lifecycle.ts';

export function execCases(opened: Opened): void {
  test(opened, 'runs a command in a container and gives its output and exit code', async (harness) => {
    const env = [{ name: 'WHO', value: 'me' }];
    await withPod(harness, {}, async ({ start }) => {
      const id = await start(['sleep', '1000'], { env });
      const result = await harness.runtime.execSync(id, ['sh', '-c', 'echo out $WHO; echo err >&2; exit 5'], 10);
      assert.deepEqual([result.stdout.toString(), result.stderr.toString()], ['out me\n', 'err\n']);
      assert.equal(result.exitCode, 5);
    });
  });

  test(opened, 'ends a command that takes too long', async (harness) => {
    await withPod(harness, {}, async ({ start }) => {
      const id = await start(['sleep', '1000']);
      await rejectsWith('DeadlineExceeded', harness.runtime.execSync(id, ['sleep', '100'], 1));
    });
  });

  test(opened, 'runs no command in a container that ended', async (harness) => {
    await withPod(harness, {}, async ({ start }) => {
      const id = await start('exit 0');
      await untilExited(harness.runtime, id);
      await rejectsWith('NotFound', harness.runtime.execSync(id, ['true'], 5));
    });
  });

  test(opened, 'streams input to a command and its output back', async (harness) => {
    await withPod(harness, {}, async ({ start }) => {
      const id = await start(['sleep', '1000']);
      const text = 'line of input\n'.repeat(20_000);
      const streams = collectedStreams({ stdin: Readable.from([Buffer.from(text)]) });
      assert.equal(await harness.runtime.exec(id, ['cat'], streams), 0);
      assert.equal(streams.text('stdout'), text);
    });
  });

  test(opened, 'ends a command whose caller has gone', async (harness) => {
    await withPod(harness, {}, async ({ start }) => {
      const id = await start(['sleep', '1000']);
      const gone = new AbortController();
      const ended = harness.runtime.exec(id, ['sleep', '1000'], collectedStreams({ signal: gone.signal }));
      setTimeout(() => gone.abort(), 200);
      assert.notEqual(await ended.catch(() => 137), 0);
    });
  });
}

/** Attaches, sends a line to `cat`, waits for it to come back, ends the input, and waits for the attachment's end. */
async function ping(harness: RuntimeHarness, id: string): Promise<void> {
  const stdin = new PassThrough();
  const streams = collectedStreams({ stdin });
  const attached = harness.runtime.attach(id, streams);
  stdin.write('ping\n');
  await until('the echo', () => (streams.text('stdout').includes('ping\n') ? true : undefined));
  stdin.end();
  await attached;
}

export function attachCases(opened: Opened): void {
  test(opened, 'attaches to the input and output of a running container', async (harness) => {
    await withPod(harness, {}, async ({ start }) => {
      const id = await start(['cat'], { stdin: true, stdinOnce: true });
      await ping(harness, id);
      assert.equal((await untilExited(harness.runtime, id)).exitCode, 0);
    });
  });

  test(opened, 'ends an attachment with its input where the container keeps its own open', async (harness) => {
    await withPod(harness, {}, async ({ start }) => {
      const id = await start(['cat'], { stdin: true, stdinOnce: false });
      await ping(harness, id);
      assert.equal((await harness.runtime.containerStatus(id))?.state, 'running');
    });
  });

  test(opened, 'lets a caller detach and leaves the container running', async (harness) => {
    await withPod(harness, {}, async ({ start }) => {
      const id = await start(['sleep', '1000']);
      const gone = new AbortController();
      const attached = harness.runtime.attach(id, collectedStreams({ signal: gone.signal }));
      setTimeout(() => gone.abort(), 200);
      await attached;
      assert.equal((await harness.runtime.containerStatus(id))?.state, 'running');
    });
  });
}

export function terminalCases(opened: Opened): void {
  test(opened, 'runs a command on a terminal and passes its size on', async (harness) => {
    await withPod(harness, {}, async ({ start }) => {
      const id = await start(['sleep', '1000']);
      const stdin = new PassThrough();
      const listeners: ((size: { width: number; height: number }) => void)[] = [];
      const onResize = (listener: (typeof listeners)[number]): void => void listeners.push(listener);
      const streams = collectedStreams({ stdin, tty: true, stderr: undefined, onResize });
      const ended = harness.runtime.exec(id, ['sh'], streams);
      stdin.write('test -t 0 && echo on-a-terminal\n');
      await until('the terminal', () => (/on-a-terminal\r\n/.test(streams.text('stdout')) ? true : undefined));
      for (const listener of listeners) listener({ width: 111, height: 33 });
      await until('the new size', () => {
        if (/33 111/.test(streams.text('stdout'))) return true;
        stdin.write('stty size\n');
        return undefined;
      });
      stdin.write('exit 6\n');
      assert.equal(await ended, 6);
    });
  });

  test(opened, 'gives a container a terminal of its own', async (harness) => {
    await withPod(harness, {}, async ({ start }) => {
      const id = await start('test -t 1 && echo on-a-terminal', { tty: true, stdin: true });
      const { logPath, exitCode } = await untilExited(harness.runtime, id);
      assert.equal(exitCode, 0);
      assert.match(readLog(logPath, 'stdout'), /on-a-terminal/);
    });
  });
}

export function portForwardCases(opened: Opened): void {
  test(opened, 'carries a connection to a port that listens on loopback alone', async (harness) => {
    await withPod(harness, {}, async ({ id, start }) => {
      const container = await start(
        'mkdir -p /tmp/www; echo the-page > /tmp/www/index.html; echo up; httpd -f -p 127.0.0.1:8099 -h /tmp/www',
      );
      await untilLogged(harness, container, 'up');
      const answer = await until('an answer', () => fetchThrough(harness.runtime, id).catch(() => undefined));
      assert.match(answer, /200 OK[^]*the-page/);
      await assert.rejects(harness.runtime.portForward(id, 8098, duplex().near));
    });
  });
}

async function fetchThrough(
  runtime: { portForward(id: string, port: number, stream: NodeJS.ReadWriteStream): Promise<void> },
  id: string,
): Promise<string> {
  const { near, far, text } = duplex();
  far.write('GET / HTTP/1.0\r\n\r\n');
  const ended = runtime.portForward(id, 8099, near);
  const timer = setTimeout(() => near.destroy(), 3000);
  await ended;
  clearTimeout(timer);
  return text();
}

/** Two ends of a wire in memory. */
function duplex(): { near: Duplex; far: PassThrough; text: () => string } {
  const far = new PassThrough();
  const chunks: Buffer[] = [];
  const back = new PassThrough().on('data', (chunk: Buffer) => chunks.push(chunk));
  return { near: Duplex.from({ readable: far, writable: back }), far, text: () => Buffer.concat(chunks).toString() };
}

export function logCases(opened: Opened): void {
  test(opened, 'goes on in a new log file when the old one was moved away', async (harness) => {
    await withPod(harness, {}, async ({ start }) => {
      const id = await start('echo old; while [ ! -e /tmp/go ]; do sleep 0.05; done; echo new');
      await untilLogged(harness, id, 'old');
      const { logPath } = (await harness.runtime.containerStatus(id)) ?? { logPath: '' };
      renameSync(logPath, `${logPath}.1`);
      await harness.runtime.reopenContainerLog(id);
      await harness.runtime.execSync(id, ['touch', '/tmp/go'], 10);
      await untilExited(harness.runtime, id);
      assert.equal(readLog(`${logPath}.1`, 'stdout'), 'old\n');
      assert.equal(readLog(logPath, 'stdout'), 'new\n');
    });
  });
}
