/**
 * A whole cluster in this process, for tests and for embedding: API server on a free port of loopback, store in memory,
 * scheduler, controllers, and simulated nodes whose containers are functions. Nothing of it outlives `close`.
 */
import { generateKeyPairSync } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { Client, InProcessUser } from '@mkube/client';
import { openStore } from '@mkube/store';
import { type Logger, pino } from 'pino';
import { choosePort } from '../network/ports.ts';
import { clientIdentity, type Identity, nodeIdentity, serverIdentity } from '../pki/identity.ts';
import { createAuthority, type KeyPair, openIssuer } from '../pki/x509.ts';
import { startControlPlane } from '../processes/control-plane.ts';
import { formatKubeconfig } from './kubeconfig-text.ts';
import { type SimulatedNode, startSimulatedNode } from './simulated-node.ts';

export interface CreateClusterOptions {
  /** Simulated nodes, node-1 and on; default 0. */
  nodes?: number;
  /** A store URL; default memory:. */
  store?: string;
  /** Its name among the clusters that share the store: one of them at a time schedules and controls. */
  candidate?: string;
  /** Default: silent. */
  log?: Logger;
  scheduler?: boolean;
  controllers?: boolean;
  /** Seconds. */
  nodeMonitorGracePeriod?: number;
  podEvictionTolerationSeconds?: number;
}

export interface EmbeddedCluster {
  /** 'https://127.0.0.1:41234' */
  server: string;
  /** Text of a kubeconfig whose current context is the cluster's admin. */
  kubeconfig: string;
  /** In-process, as the cluster's admin. */
  client: Client;
  /** In-process, with that user's rights. */
  clientAs(user: InProcessUser): Client;
  nodes: readonly SimulatedNode[];
  close(): Promise<void>;
}

const HOST = '127.0.0.1';
const SERVICE_CIDR = '10.96.0.0/16';

export async function createCluster(options: CreateClusterOptions = {}): Promise<EmbeddedCluster> {
  const log = options.log ?? pino({ level: 'silent' });
  const [pki, store, port] = await Promise.all([
    issueAll(options.nodes ?? 0),
    openStore(options.store ?? 'memory:'),
    choosePort(0, HOST, []),
  ]);
  const plane = await startControlPlane({
    ...options,
    store,
    log,
    pki,
    addresses: [{ host: HOST, port }],
    advertise: { host: HOST, port },
    serviceCidr: SERVICE_CIDR,
  });
  const server = `https://${HOST}:${port}`;
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'mkube-embedded-'));
  const nodes = await Promise.all(
    pki.nodes.map(({ name, pair }) => startSimulatedNode({ name, pair, server, ca: pki.ca, folder, log })),
  );
  const client = plane.clientAs({ username: 'kubernetes-admin', groups: ['system:masters', 'system:authenticated'] });
  await untilReady(client, nodes.length);
  return {
    server,
    kubeconfig: formatKubeconfig({ name: 'embedded', server, ca: pki.ca, ...pki.admin }),
    client,
    clientAs: plane.clientAs,
    nodes,
    async close() {
      await Promise.all(nodes.map((node) => node.close()));
      await plane.close();
      await store.close();
      fs.rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function untilReady(client: Client, count: number): Promise<void> {
  const deadline = performance.now() + 30_000;
  for (;;) {
    const { items } = count === 0 ? { items: [] } : await client.nodes.list();
    const ready = items.filter((n) => n.status?.conditions?.some((c) => c.type === 'Ready' && c.status === 'True'));
    if (ready.length >= count) return;
    if (performance.now() > deadline)
      throw new Error(`${count - ready.length} simulated nodes are not Ready after 30 seconds`);
    await wait(10);
  }
}

interface EmbeddedPki {
  ca: string;
  caKey: string;
  server: KeyPair;
  kubeletClient: KeyPair;
  serviceAccountKey: string;
  admin: KeyPair;
  nodes: { name: string; pair: KeyPair }[];
}

/** In memory: the cluster's keys go with it. */
async function issueAll(nodes: number): Promise<EmbeddedPki> {
  const now = new Date();
  const authority = await createAuthority('mkube-embedded', now);
  const issuer = await openIssuer(authority, now);
  const issue = (identity: Identity) => issuer.issue(identity);
  const names = Array.from({ length: nodes }, (_, i) => `node-${i + 1}`);
  const [server, admin, kubeletClient, ...pairs] = await Promise.all([
    issue(serverIdentity({ hostAddress: HOST, serviceCidr: SERVICE_CIDR })),
    issue(clientIdentity.admin),
    issue(clientIdentity.kubeletClient),
    ...names.map((name) => issue(nodeIdentity({ name, address: HOST }))),
  ]);
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return {
    ca: authority.cert,
    caKey: authority.key,
    server,
    admin,
    kubeletClient,
    serviceAccountKey: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    nodes: names.flatMap((name, i) => {
      const pair = pairs[i];
      return pair === undefined ? [] : [{ name, pair }];
    }),
  };
}
