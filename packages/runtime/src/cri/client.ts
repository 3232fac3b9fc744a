/** Calls a CRI v1 engine by gRPC over its unix socket. Errors become RuntimeErrors by gRPC's codes. */
import type { Client, ServiceError } from '@grpc/grpc-js';
import { RuntimeError, type RuntimeErrorCode } from '../runtime.ts';
import { decodeMessage, encodeMessage } from './protobuf.ts';
import { criSchema } from './schema.ts';
import type { CriAnswers, CriEvent, CriMethod } from './types.ts';

/** Names of messages where they are not the method's with Request and Response after it. */
const MESSAGES: Partial<Record<CriMethod, { request?: string; response?: string }>> = {
  RuntimeConfig: { request: 'Empty' },
  StopPodSandbox: { request: 'PodSandboxRequest', response: 'Empty' },
  RemovePodSandbox: { request: 'PodSandboxRequest', response: 'Empty' },
  PodSandboxStatus: { request: 'PodSandboxRequest' },
  StartContainer: { request: 'ContainerRequest', response: 'Empty' },
  StopContainer: { response: 'Empty' },
  RemoveContainer: { request: 'ContainerRequest', response: 'Empty' },
  UpdateContainerResources: { response: 'Empty' },
  ReopenContainerLog: { request: 'ContainerRequest', response: 'Empty' },
  Exec: { response: 'UrlResponse' },
  Attach: { response: 'UrlResponse' },
  PortForward: { response: 'UrlResponse' },
  ContainerStats: { request: 'ContainerRequest' },
  ListImages: { request: 'Empty' },
  ImageStatus: { request: 'ImageRequest' },
  RemoveImage: { request: 'ImageRequest', response: 'Empty' },
  ImageFsInfo: { request: 'Empty' },
};
const IMAGE_METHODS = new Set<string>(['ListImages', 'ImageStatus', 'PullImage', 'RemoveImage', 'ImageFsInfo']);
const CODES: Record<number, RuntimeErrorCode> = {
  4: 'DeadlineExceeded',
  5: 'NotFound',
  12: 'Unsupported',
  14: 'Unavailable',
};
const DEADLINE_MS = 120_000;

export interface CallOptions {
  signal?: AbortSignal;
  /** Milliseconds; two minutes unless told. */
  deadline?: number;
  /** The code of an error that gRPC calls unknown. */
  otherwise?: RuntimeErrorCode;
}

export interface CriClient {
  call<M extends CriMethod>(method: M, request: object, options?: CallOptions): Promise<CriAnswers[M]>;
  /** Calls back until it is closed; `onEnd` tells why the stream ended, by gRPC's code. */
  events(onEvent: (event: CriEvent) => void, onEnd: (code: number) => void): { close(): void };
  /** containerd's own word that some task started or ended; other engines have no such stream. */
  taskEvents(onEvent: () => void, onEnd: (code: number) => void): { close(): void };
  /** Gives up what is under way. */
  close(): Promise<void>;
}

interface Listening {
  method: string;
  request: Buffer;
  onMessage(bytes: Buffer): void;
  onEnd(code: number): void;
}

export async function openCriClient(socketPath: string): Promise<CriClient> {
  const grpc = await import('@grpc/grpc-js');
  const schema = criSchema();
  const client: Client = new grpc.Client(`unix:${socketPath}`, grpc.credentials.createInsecure(), {
    'grpc.max_receive_message_length': 32 << 20,
    'grpc.initial_reconnect_backoff_ms': 100,
    'grpc.max_reconnect_backoff_ms': 1000,
  });
  const pending = new Set<{ cancel(): void; ended: Promise<void> }>();
  /** Keeps a call in view until it ends: the channel must not close before. */
  const track = (cancel: () => void): (() => void) => {
    let end = (): void => undefined;
    const ended = new Promise<void>((resolve) => (end = resolve));
    const entry = { cancel, ended };
    pending.add(entry);
    return () => {
      pending.delete(entry);
      end();
    };
  };
  const listen = ({ method, request, onMessage, onEnd }: Listening): { close(): void } => {
    const raw = (bytes: Buffer): Buffer => bytes;
    const stream = client.makeServerStreamRequest(method, raw, raw, request);
    const ended = track(() => stream.cancel());
    let over = false;
    const end = (code: number): void => {
      if (over) return; // an error ends a stream, too
      over = true;
      ended();
      onEnd(code);
    };
    stream.on('data', onMessage);
    stream.on('error', (error: ServiceError) => end(error.code));
    stream.on('end', () => end(0));
    return { close: () => stream.cancel() };
  };
  return {
    call: <M extends CriMethod>(method: M, request: object, options: CallOptions = {}) =>
      new Promise<CriAnswers[M]>((resolve, reject) => {
        const { signal, deadline = DEADLINE_MS, otherwise = 'Unavailable' } = options;
        const { request: requestName = `${method}Request`, response = `${method}Response` } = MESSAGES[method] ?? {};
        const call = client.makeUnaryRequest(
          `/runtime.v1.${IMAGE_METHODS.has(method) ? 'ImageService' : 'RuntimeService'}/${method}`,
          (value: object) => encodeMessage(schema, requestName, value),
          (bytes: Buffer) => decodeMessage(schema, response, bytes) as unknown as CriAnswers[M],
          request,
          new grpc.Metadata(),
          { deadline: Date.now() + deadline },
          (error, answer) => {
            ended();
            signal?.removeEventListener('abort', cancel);
            if (signal?.aborted) reject(signal.reason as Error);
            else if (error) reject(asRuntimeError(error, otherwise));
            else if (answer) resolve(answer);
            else reject(new RuntimeError('Unavailable', `${method}: an empty answer`));
          },
        );
        const cancel = (): void => call.cancel();
        const ended = track(cancel);
        signal?.addEventListener('abort', cancel, { once: true });
      }),
    events: (onEvent, onEnd) =>
      listen({
        method: '/runtime.v1.RuntimeService/GetContainerEvents',
        request: encodeMessage(schema, 'Empty', {}),
        onMessage: (bytes) => onEvent(decodeMessage(schema, 'ContainerEventResponse', bytes) as unknown as CriEvent),
        onEnd,
      }),
    taskEvents: (onEvent, onEnd) =>
      listen({
        method: '/containerd.services.events.v1.Events/Subscribe',
        request: encodeMessage(schema, 'SubscribeRequest', { filters: ['topic~="^/tasks/(start|exit)"'] }),
        onMessage: onEvent,
        onEnd,
      }),
    async close() {
      for (const { cancel } of pending) cancel();
      await Promise.all([...pending].map(({ ended }) => ended));
      client.close();
    },
  };
}

function asRuntimeError(error: ServiceError, otherwise: RuntimeErrorCode): RuntimeError {
  const code = CODES[error.code] ?? otherwise;
  return new RuntimeError(code, error.details || error.message, { cause: error });
}
