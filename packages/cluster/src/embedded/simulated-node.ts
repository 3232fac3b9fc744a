/** A kubelet in this process over the fake runtime: a node to the API, with containers that are functions. */
import path from 'node:path';
import { createClient, httpsTransport } from '@mkube/client';
import { createKubelet } from '@mkube/kubelet';
import { createFakeRuntime, type FakeEngine } from '@mkube/runtime';
import type { Logger } from 'pino';
import type { KeyPair } from '../pki/x509.ts';

export interface SimulatedNode {
  name: string;
  /** What runs on it, to look at and to interfere with. */
  engine: FakeEngine;
  /** Power off: nothing is told to the API. */
  close(): Promise<void>;
}

export interface SimulatedNodeOptions {
  name: string;
  pair: KeyPair;
  server: string;
  ca: string;
  folder: string;
  log: Logger;
}

export function startSimulatedNode(options: SimulatedNodeOptions): Promise<SimulatedNode> {
  const { name, pair, server, ca, folder, log } = options;
  const client = createClient(httpsTransport({ server, ca, ...pair }), { userAgent: 'kubelet' });
  const runtime = createFakeRuntime();
  const stop = new AbortController();
  const kubelet = createKubelet({
    nodeName: name,
    client,
    runtime,
    rootDir: path.join(folder, name),
    nodeIP: '127.0.0.1',
    mountsMemory: false,
    port: 0,
    tls: { ...pair, clientCa: ca },
    log: log.child({ node: name }),
  });
  const running = kubelet.run(stop.signal).catch((err: unknown) => {
    if (!stop.signal.aborted) log.error({ err, node: name }, 'the kubelet stopped');
  });
  return Promise.resolve({
    name,
    engine: runtime.engine,
    async close() {
      stop.abort();
      await running;
      await Promise.allSettled([runtime.close(), client.close()]);
    },
  });
}
