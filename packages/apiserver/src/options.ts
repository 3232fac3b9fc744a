/** What an API server is made of, and what it offers to those who run it. */
import type { Readable } from 'node:stream';
import type { Store } from '@mkube/store';
import type { AuditOptions } from './audit/audit.ts';
import type { FlowControlOptions } from './flow-control/flow-control.ts';
import type { Logger } from 'pino';

export interface ApiServerOptions {
  store: Store;
  log: Logger;
  clock?: () => Date;
  /** PEM. `clientCa` signs client certificates: CN is the user, O the groups. */
  tls: { cert: string; key: string; clientCa: string };
  /** PEM EC P-256 key, shared by all API servers of a cluster. */
  serviceAccounts: { privateKey: string; issuer: string };
  /** Client identity towards kubelets, PEM. */
  kubelet: { cert: string; key: string; ca: string };
  /** Where clients in the cluster reach this server. */
  advertise: { host: string; port: number };
  /** '10.96.0.0/16' */
  serviceCidr: string;
  /** CA certificate that pods trust, PEM. */
  rootCa: string;
  /** Seconds that new pods tolerate a node that is not ready; default 300. */
  podEvictionTolerationSeconds?: number;
  /** Written down of requests, as the policy says; nothing unless given. */
  audit?: AuditOptions;
  /** Requests worked on at once; Kubernetes' own numbers unless given. */
  limits?: Partial<FlowControlOptions>;
}

export interface InProcessRequest {
  method: string;
  /** Path with query. */
  path: string;
  /** Lower-case names. */
  headers?: Record<string, string>;
  body?: Buffer | string;
  signal?: AbortSignal;
  /** A watch may be answered with events whose objects are shared with the server, instead of their bytes. */
  objects?: boolean;
  user: { username: string; groups: string[]; uid?: string; extra?: Record<string, string[]> };
}

export interface InProcessResponse {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  /** Bytes; with `objects` arrays of SharedEvents. */
  body: Readable;
  objects?: boolean;
}

export interface ApiServer {
  listen(addresses: readonly { host: string; port: number }[]): Promise<{ port: number }>;
  /** The same path as HTTPS, entered behind authentication: `user` is believed. */
  handle(request: InProcessRequest): Promise<InProcessResponse>;
  /** Resolves when everything stored can be read and the bootstrap objects exist. */
  ready(): Promise<void>;
  /** Ends watches cleanly and stops listening; the store stays open, it is its opener's. */
  close(): Promise<void>;
}
