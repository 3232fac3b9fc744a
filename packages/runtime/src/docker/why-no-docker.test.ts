import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import http from 'node:http';
import os from 'node:os';
import path from 'node:path';
import { it } from 'node:test';
import { whyNoDocker, whyNoDockerNetwork } from './why-no-docker.ts';

/** What is found of an engine that gives this answer to everything. */
async function lookAt<T>(answer: string, look: (socket: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'mkd-'));
  const socket = path.join(folder, 'd.sock');
  const server = http.createServer((_, response) => response.end(answer)).listen(socket);
  try {
    await once(server, 'listening');
    return await look(socket);
  } finally {
    server.close();
    server.closeAllConnections();
    rmSync(folder, { recursive: true });
  }
}

it('a Docker engine is there where its socket answers, and else there is a reason', async () => {
  assert.equal(await lookAt('OK', whyNoDocker), undefined);
  assert.match((await whyNoDocker(path.join(os.tmpdir(), 'no-such.sock'))) ?? '', /no Docker socket/);
});

it('networks of Docker are this machine’s, but for an engine in a machine or in namespaces of its own', async () => {
  const info = (SecurityOptions: string[] | null, OperatingSystem = 'Debian') =>
    lookAt(JSON.stringify({ SecurityOptions, OperatingSystem }), whyNoDockerNetwork);
  assert.equal(await info(['name=seccomp,profile=default']), undefined);
  assert.equal(await info(null), undefined);
  assert.match((await info(['name=rootless'])) ?? '', /not root itself/);
  assert.match((await info([], 'Docker Desktop')) ?? '', /Docker Desktop/);
});
