import assert from 'node:assert/strict';
import { once } from 'node:events';
import { closeSync, createReadStream, existsSync, fstatSync, mkdtempSync, openSync, rmSync, statSync } from 'node:fs';
import http from 'node:http';
import type { Socket } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { until } from '../conformance/harness.ts';
import { jsonLines, openDockerClient, type DockerClient } from './client.ts';
import { copyLog } from './log-copier.ts';

describe('the Engine API of Docker', () => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'mkd-'));
  const socketPath = path.join(folder, 'd.sock');
  const sockets = new Set<Socket>();
  let answer: http.RequestListener = () => undefined;
  const server = http.createServer((request, response) => answer(request, response));
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  let client: DockerClient;
  before(async () => {
    server.listen(socketPath);
    await once(server, 'listening');
    client = openDockerClient(socketPath);
  });
  after(() => {
    client.close();
    server.close();
    server.closeAllConnections();
    rmSync(folder, { recursive: true });
  });

  it('is told why a body could not be read, and where nobody answers that', async () => {
    answer = (request) => void request.on('error', () => undefined).resume();
    const body = createReadStream(path.join(folder, 'no-such-archive'));
    await assert.rejects(client.open('/images/load', { method: 'POST', body }), { code: 'ENOENT' });
    const nowhere = openDockerClient(path.join(folder, 'no.sock'));
    const other = createReadStream(process.execPath);
    await assert.rejects(nowhere.open('/images/load', { method: 'POST', body: other }), /dockerd does not answer/);
    nowhere.close();
  });

  it('keeps no connection for an answer of which enough was read', async () => {
    answer = (_, response) => {
      response.write('{"error":"no such image"}\n{"status":"more"}\n');
      response.end(`${'x'.repeat(1_000_000)}`);
    };
    for (let pull = 0; pull < 3; pull++) {
      const stream = await client.open('/images/create', { method: 'POST' });
      for await (const line of jsonLines<{ error?: string }>(stream)) {
        assert.equal(line.error, 'no such image');
        break;
      }
    }
    await until('the connections to close', () => (sockets.size === 0 ? true : undefined));
  });

  it('gives a log that is copied to a file until its end, and touches no other file after it', async () => {
    answer = (_, response) => response.end();
    const logPath = path.join(folder, 'logs/0.log');
    const copier = copyLog(client, { id: 'c', logPath, tty: true, onBroken: () => assert.fail('it broke') });
    await copier.done;
    const others = Array.from({ length: 4 }, () => openSync(process.execPath, 'r')); // they get the numbers that are free
    copier.reopen();
    for (const other of others) {
      assert.equal(fstatSync(other).size, statSync(process.execPath).size);
      closeSync(other);
    }
    assert.ok(existsSync(logPath));
  });
});
