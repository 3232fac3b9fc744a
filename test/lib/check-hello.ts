/** What anybody does first with a pod that runs hello: reads its log, runs a command in it, opens a port of it. */
import assert from 'node:assert/strict';
import { eventually, type Following, type Result } from './command-cluster.ts';

export interface HelloCommands {
  mkube(args: string[]): Promise<Result>;
  /** A command that goes on until it is stopped. */
  follow(args: string[]): Following;
}

export async function checkHello(pod: string, { mkube, follow }: HelloCommands): Promise<void> {
  const greeting = new RegExp(`Hello from pod ${pod}`);
  const log = await mkube(['logs', pod]);
  assert.equal(log.code, 0, log.stderr);
  assert.match(log.stdout, new RegExp(`${greeting.source} on node`));
  const { code, stdout } = await mkube(['exec', pod, '--', 'sh', '-c', 'hostname; exit 3']);
  assert.deepEqual([code, stdout], [3, `${pod}\n`]);
  const forward = follow(['port-forward', `pod/${pod}`, ':8080']);
  try {
    const port = await eventually('a port', async () => /127\.0\.0\.1:(\d+) -> 8080/.exec(forward.text)?.[1]);
    const answer = await fetch(`http://127.0.0.1:${port}/`, { signal: AbortSignal.timeout(10_000) });
    assert.match(await answer.text(), greeting);
  } finally {
    forward.stop();
  }
}
