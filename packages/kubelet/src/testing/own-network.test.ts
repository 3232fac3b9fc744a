/**
 * For tests that make bridges and addresses: the test file runs itself again inside a network namespace of its own, so that
 * nothing of it is seen outside.
 */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { findBusybox } from '@mkube/runtime';

const INSIDE = 'MKUBE_TEST_INSIDE';

/** Why real containers cannot run here; undefined where they can. */
export function whyNoRunc(alsoNeeded: readonly string[] = []): string | undefined {
  if (process.platform !== 'linux') return 'needs Linux';
  if (process.getuid?.() !== 0) return 'needs root';
  const missing = ['runc', 'conmon', 'ip', 'nft', 'unshare', ...alsoNeeded].find((name) => !isProgram(name));
  if (missing) return `needs ${missing}`;
  return findBusybox() ? undefined : 'needs a static busybox';
}

const isProgram = (name: string): boolean =>
  ['/usr/bin', '/usr/sbin', '/bin', '/sbin', '/usr/local/bin', '/usr/local/sbin'].some((folder) =>
    existsSync(`${folder}/${name}`),
  );

export interface OwnNetwork {
  /** Beside what runc needs. */
  programs?: readonly string[];
  timeoutMs?: number;
}

/** `define` holds the tests proper. */
export function inOwnNetwork(
  file: string,
  name: string,
  define: () => void,
  { programs, timeoutMs = 180_000 }: OwnNetwork = {},
): void {
  if (process.env[INSIDE] === '1') return define();
  const reason = whyNoRunc(programs);
  it(name, { skip: reason ?? false, timeout: timeoutMs }, async () => {
    const script = 'ip link set lo up && exec "$0" "$@"';
    const child = spawn(
      'unshare',
      ['--net', 'sh', '-c', script, process.execPath, '--test-reporter=spec', fileURLToPath(file)],
      {
        env: { ...process.env, [INSIDE]: '1', NODE_TEST_CONTEXT: undefined },
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    );
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
    const code = await new Promise((resolve) => child.once('close', resolve));
    assert.equal(code, 0, output);
  });
}
