import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { describe, it } from 'node:test';
import type { Exec } from '../exec.ts';
import { openHostPorts } from './host-ports.ts';

const skip =
  existsSync('/proc/sys/net/ipv4/conf/lo/route_localnet') && process.getuid?.() === 0
    ? undefined
    : 'only root of Linux forwards ports';

describe('ports of a node that lead to pods', { skip }, () => {
  const port = { protocol: 'TCP' as const, containerPort: 80, hostPort: 8080 };

  it('are on record before they are set, and of those that could not be set nothing stays', async (t) => {
    const stateDir = mkdtempSync(path.join(os.tmpdir(), 'mkube-ports-'));
    t.after(() => rmSync(stateDir, { recursive: true }));
    const scripts: string[] = [];
    let refused = false;
    const exec = {
      run: async (_argv: readonly string[], { input = '' }: { input?: string } = {}) => {
        if (!input.startsWith('delete')) assert.ok(existsSync(path.join(stateDir, 'a.json')) || refused);
        scripts.push(input);
        return { code: refused ? 1 : 0, stdout: Buffer.alloc(0), stderr: 'File exists' };
      },
    } as unknown as Exec;
    const ports = openHostPorts({ exec, table: 't', stateDir, bridge: 'lo' });
    await ports.publish('a', '10.0.0.2', [port]);
    refused = true;
    await assert.rejects(ports.publish('b', '10.0.0.3', [port]), /File exists/);
    scripts.length = 0;
    await ports.withdraw('b'); // the port is the other's
    assert.deepEqual(scripts, []);
    await ports.withdraw('a');
    assert.deepEqual(scripts, ['delete element ip t on-tcp { 8080 }\n']);
  });
});
