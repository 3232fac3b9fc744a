/** What the kubelet's own API serves from. */
import type { Client, Clock } from '@mkube/client';
import type { Logger } from 'pino';
import type { KubeletMetrics } from '../metrics/kubelet-metrics.ts';
import type { NodeAmounts } from '../pods/fields.ts';
import type { Settings } from '../options.ts';
import type { StatsDeps } from '../stats/usage.ts';

export interface ServerDeps extends StatsDeps {
  nodeName: string;
  /** 'v1.35.6' */
  version: string;
  client: Client;
  node: NodeAmounts;
  settings: Settings;
  metrics: KubeletMetrics;
  clock: Clock;
  log: Logger;
  tls: { cert: string; key: string; clientCa: string };
}
