/**
 * gRPC to an etcd cluster: one channel per endpoint, the one that answers is kept until it fails. Reads are asked of the next endpoint
 * when one is not there; a write is not sent twice, since nobody knows whether the first one counted.
 */
import { Client, type ClientDuplexStream, credentials, type MethodDefinition, status } from '@grpc/grpc-js';
import { fromJSON } from '@grpc/proto-loader';
import { type RangeResponse, type TxnResponse, type WatchResponse, etcdDescriptor } from './proto.ts';

export interface EtcdAddress {
  /** 'host:port' */
  endpoints: readonly string[];
  /** PEM; absent: plain text. */
  tls?: { ca?: Buffer; cert?: Buffer; key?: Buffer };
}

type Method = MethodDefinition<object, object>;

const CALL_TIMEOUT_MS = 10_000;
/** A list may be large; keepalive finds out that a server has vanished without a word. */
const CHANNEL = {
  'grpc.max_receive_message_length': -1,
  'grpc.max_send_message_length': -1,
  'grpc.keepalive_time_ms': 30_000,
  'grpc.keepalive_timeout_ms': 10_000,
  'grpc.initial_reconnect_backoff_ms': 100,
  'grpc.max_reconnect_backoff_ms': 2_000,
};

export class EtcdConnection {
  readonly #clients: readonly Client[];
  readonly #methods: Readonly<Record<string, Method>>;
  #current = 0;

  constructor({ endpoints, tls }: EtcdAddress) {
    const security = tls
      ? credentials.createSsl(tls.ca ?? null, tls.key ?? null, tls.cert ?? null)
      : credentials.createInsecure();
    const descriptor = etcdDescriptor() as unknown as Parameters<typeof fromJSON>[0];
    const services = fromJSON(descriptor, { keepCase: true, longs: Number, enums: Number, defaults: true });
    const methodsOf = (name: string) => services[`etcdserverpb.${name}`] as Record<string, Method>;
    this.#methods = { ...methodsOf('KV'), ...methodsOf('Lease'), ...methodsOf('Watch') };
    this.#clients = endpoints.map((endpoint) => new Client(endpoint, security, CHANNEL));
  }

  async range(request: object): Promise<RangeResponse> {
    for (let tried = 1; ; tried++) {
      try {
        return await this.#call<RangeResponse>('Range', request);
      } catch (error) {
        if (codeOf(error) !== status.UNAVAILABLE || tried >= this.#clients.length) throw error;
      }
    }
  }

  txn(request: object): Promise<TxnResponse> {
    return this.#call('Txn', request);
  }

  async compact(revision: number): Promise<void> {
    await this.#call('Compact', { revision });
  }

  /** The id is given here: one that etcd chooses may not fit into a number. */
  async grantLease(lease: { ID: number; TTL: number }): Promise<void> {
    await this.#call('LeaseGrant', lease);
  }

  /** One stream of watches. It ends with 'error' or 'end' when the endpoint does; the next one goes elsewhere. */
  watch(): ClientDuplexStream<object, WatchResponse> {
    const { path, requestSerialize, responseDeserialize } = this.#method('Watch');
    const client = this.#client();
    const stream = client.makeBidiStreamRequest(path, requestSerialize, responseDeserialize, {});
    stream.on('error', (error) => this.#moveOn(client, error));
    return stream as ClientDuplexStream<object, WatchResponse>;
  }

  close(): void {
    for (const client of this.#clients) client.close();
  }

  #call<R>(name: string, request: object): Promise<R> {
    const { path, requestSerialize, responseDeserialize } = this.#method(name);
    const client = this.#client();
    const options = { deadline: Date.now() + CALL_TIMEOUT_MS };
    return new Promise((resolve, reject) => {
      client.makeUnaryRequest(path, requestSerialize, responseDeserialize, request, options, (error, response) => {
        if (!error) return resolve(response as R);
        this.#moveOn(client, error);
        reject(error);
      });
    });
  }

  #client(): Client {
    return this.#clients[this.#current % this.#clients.length] as Client;
  }

  #method(name: string): Method {
    return this.#methods[name] as Method;
  }

  #moveOn(from: Client, error: unknown): void {
    const gone = codeOf(error) === status.UNAVAILABLE || codeOf(error) === status.DEADLINE_EXCEEDED;
    if (gone && this.#client() === from) this.#current++;
  }
}

export const codeOf = (error: unknown): number | undefined =>
  error instanceof Error && 'code' in error && typeof error.code === 'number' ? error.code : undefined;

/** etcd's own words for what callers must tell apart. */
export const isCompacted = (error: unknown): boolean => hasText(error, 'required revision has been compacted');
export const isFuture = (error: unknown): boolean => hasText(error, 'required revision is a future revision');
export const isLeaseGone = (error: unknown): boolean => hasText(error, 'requested lease not found');

const hasText = (error: unknown, text: string): boolean => error instanceof Error && error.message.includes(text);
