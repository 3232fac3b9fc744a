/**
 * Where the nodes of a cluster ask for images: a unix socket of the server, which is in the host's network (a node's own
 * cannot reach the host's loopback registries). The work itself, unpacking and hashing, is a process of its own, the puller:
 * started when it is first needed, ended when nobody has asked for a while.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import net from 'node:net';
import type { Logger } from 'pino';
import type { ClusterPaths } from '../state/paths.ts';
import { pullerScript } from './entries.ts';

export interface ImageServiceOptions {
  paths: ClusterPaths;
  /** What is kept of an image: its layers, unpacked for all nodes, or an archive, for engines that unpack it themselves. */
  keeps: 'layers' | 'archives';
  log: Logger;
  /** How long an idle puller stays. */
  idleMs?: number;
}

export async function startImageService(options: ImageServiceOptions): Promise<{ close(): void }> {
  const { paths, log } = options;
  const puller = createPuller(options);
  const server = net.createServer((socket) => {
    puller.serve(socket).catch((err: unknown) => {
      log.error({ err }, 'cannot start the process that pulls images');
      socket.destroy();
    });
  });
  fs.rmSync(paths.imageSocket, { force: true });
  server.listen(paths.imageSocket);
  await once(server, 'listening');
  fs.chmodSync(paths.imageSocket, 0o600);
  return {
    close() {
      server.close();
      puller.close();
    },
  };
}

function createPuller({ paths, keeps, idleMs = 60_000 }: ImageServiceOptions) {
  const socketPath = `${paths.imageSocket}.p`;
  let running: Promise<ChildProcess> | undefined;
  let idle: NodeJS.Timeout | undefined;
  const open = new Set<net.Socket>();
  const stop = () =>
    void running?.then(
      (child) => child.kill(),
      () => undefined,
    );
  const start = async (): Promise<ChildProcess> => {
    const child = fork(pullerScript(), [paths.images, socketPath, keeps, ...paths.registryConfigs], {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    child.once('exit', () => (running = undefined));
    await Promise.race([
      once(child, 'message'),
      once(child, 'exit').then(() => Promise.reject(new Error('it ended at its start'))),
    ]);
    return child;
  };
  return {
    async serve(socket: net.Socket): Promise<void> {
      clearTimeout(idle);
      open.add(socket);
      socket.on('error', () => socket.destroy());
      socket.once('close', () => {
        open.delete(socket);
        if (open.size === 0) idle = setTimeout(stop, idleMs).unref();
      });
      await (running ??= start().catch((error: unknown) => {
        running = undefined;
        throw error;
      }));
      const behind = net.connect(socketPath);
      behind.on('error', () => socket.destroy());
      socket.once('close', () => behind.destroy());
      socket.pipe(behind).pipe(socket);
    },
    close() {
      clearTimeout(idle);
      for (const socket of open) socket.destroy();
      stop();
    },
  };
}
