/** Commands in Docker's containers, and attaching to them: over a connection that is taken over from HTTP. */
import type { Socket } from 'node:net';
import { finished } from 'node:stream/promises';
import { holdBack } from '../hold-back.ts';
import { RuntimeError, type Streams } from '../runtime.ts';
import type { DockerClient } from './client.ts';
import { frameParser } from './log-frames.ts';

export async function execInDocker(
  client: DockerClient,
  id: string,
  command: string[],
  streams: Streams,
): Promise<number> {
  const { stdin, tty, signal } = streams;
  const body = { AttachStdin: stdin !== undefined, AttachStdout: true, AttachStderr: !tty, Tty: tty, Cmd: command };
  const { Id } = await client.call<{ Id: string }>(`/containers/${id}/exec`, { method: 'POST', body });
  const socket = await client.hijack(`/exec/${Id}/start`, { body: { Detach: false, Tty: tty } });
  streams.onResize?.(({ width: w, height: h }) => {
    client.call(`/exec/${Id}/resize`, { method: 'POST', query: { w, h } }).catch(() => undefined); // it ended meanwhile
  });
  const inspect = (): Promise<{ ExitCode: number | null; Pid: number; Running: boolean }> =>
    client.call(`/exec/${Id}/json`);
  const kill = (): void =>
    void inspect()
      .then(
        ({ Pid }) => killPid(Pid),
        () => undefined,
      )
      .finally(() => socket.destroy());
  signal.addEventListener('abort', kill, { once: true });
  if (signal.aborted) kill();
  const said = await pump(socket, streams);
  signal.removeEventListener('abort', kill);
  const exitCode = await untilEnded(inspect);
  if (exitCode >= 126 && /OCI runtime exec failed/.test(said))
    throw new RuntimeError('CannotRun', said.trim().replace(/^OCI runtime exec failed: /, ''));
  return exitCode;
}

export async function attachToDocker(client: DockerClient, id: string, streams: Streams): Promise<void> {
  const query = { stream: true, stdin: streams.stdin !== undefined, stdout: true, stderr: true };
  const socket = await client.hijack(`/containers/${id}/attach`, { query });
  streams.onResize?.(({ width: w, height: h }) => {
    client.call(`/containers/${id}/resize`, { method: 'POST', query: { w, h } }).catch(() => undefined); // it ended meanwhile
  });
  const stop = (): void => void socket.destroy();
  streams.signal.addEventListener('abort', stop, { once: true });
  await pump(socket, streams);
  streams.signal.removeEventListener('abort', stop);
}

/** Both ways, until the engine closes; gives the last of what came. */
async function pump(socket: Socket, { stdin, stdout, stderr, tty }: Streams): Promise<string> {
  let said = '';
  const note = (data: Buffer): void => void (said = (said + data.toString()).slice(-4000));
  const write = holdBack(socket);
  const parse = frameParser((stream, data) => {
    note(data);
    write(stream === 'stderr' ? stderr : stdout, Buffer.from(data));
  });
  socket.on('data', (chunk: Buffer) => {
    if (!tty) return parse(chunk);
    note(chunk);
    write(stdout, chunk);
  });
  stdin?.pipe(socket);
  await finished(socket, { writable: false }).catch(() => undefined);
  stdin?.unpipe(socket);
  socket.destroy();
  return said;
}

/** The exit code comes a moment after the end of the output. */
async function untilEnded(inspect: () => Promise<{ ExitCode: number | null; Running: boolean }>): Promise<number> {
  for (
    const deadline = performance.now() + 5000;
    performance.now() < deadline;
    await new Promise((resolve) => setTimeout(resolve, 5))
  ) {
    const { ExitCode, Running } = await inspect();
    if (!Running && ExitCode !== null) return ExitCode;
  }
  return 137;
}

function killPid(pid: number): void {
  try {
    if (pid > 0) process.kill(pid, 'SIGKILL');
  } catch {
    // it ended by itself
  }
}
