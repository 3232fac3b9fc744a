import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import http from 'node:http';
import os from 'node:os';
import path from 'node:path';
import { describe, it } from 'node:test';
import { detectRuntime, whyNoDocker } from './detect.ts';
import { createExec, type Exec } from './exec.ts';

/** A machine where no program is found. */
const bare: Exec = { ...createExec(), run: () => Promise.reject(new Error('not found')) };

describe('runtime detection', () => {
  it('takes plain processes as the last resort, and says why nothing better runs', async () => {
    const found = await detectRuntime({ exec: bare, dockerSocket: '/nowhere/docker.sock' });
    assert.equal(found.name, 'process');
    assert.match(found.why, /no isolation/);
    assert.deepEqual(
      found.passedOver.map((p) => p.name),
      ['runc', 'docker'],
    );
    assert.match(found.passedOver[0]?.why ?? '', /root|Linux|apt-get install/);
    assert.match(found.passedOver[1]?.why ?? '', /no Docker socket/);
  });

  it('takes Docker where its socket answers', async () => {
    const socket = path.join(os.tmpdir(), `mkube-ping-${process.pid}.sock`);
    const server = http.createServer((_, response) => response.end('OK')).listen(socket);
    try {
      assert.equal((await detectRuntime({ exec: bare, dockerSocket: socket })).name, 'docker');
    } finally {
      server.close();
      rmSync(socket, { force: true });
    }
    assert.match((await whyNoDocker(socket)) ?? '', /no Docker socket/);
  });
});
