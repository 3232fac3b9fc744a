/** What the kubelet's own API serves from. */
import type { Clock } from '@mkube/client';
import type { Client } from '@mkube/client';
import type { Runtime } from '@mkube/runtime';
import type { Logger } from 'pino';
import type { NodeAmounts } from '../pods/fields.ts';
import type { Paths } from '../paths.ts';
import type { Pods } from '../pods/pods.ts';

export interface ServerDeps {
  nodeName: string;
  rootDir: string;
  paths: Paths;
  pods: Pods;
  runtime: Runtime;
  client: Client;
  node: NodeAmounts;
  clock: Clock;
  log: Logger;
  tls: { cert: string; key: string; clientCa: string };
}
