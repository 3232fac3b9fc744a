import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import http from 'node:http';
import os from 'node:os';
import path from 'node:path';
import { it } from 'node:test';
import { whyNoDocker } from './why-no-docker.ts';

it('a Docker engine is there where its socket answers, and else there is a reason', async () => {
  const socket = path.join(os.tmpdir(), `mkube-ping-${process.pid}.sock`);
  const server = http.createServer((_, response) => response.end('OK')).listen(socket);
  try {
    assert.equal(await whyNoDocker(socket), undefined);
  } finally {
    server.close();
    rmSync(socket, { force: true });
  }
  assert.match((await whyNoDocker(socket)) ?? '', /no Docker socket/);
});
