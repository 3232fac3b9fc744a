/**
 * The ways to ask a container something, shared by probes and lifecycle hooks: exec, httpGet, tcpSocket, grpc. An answer is a
 * value; what cannot be asked at all is an error. node: modules for HTTP are loaded when the first probe needs them.
 */
import type { Container, ExecAction, GRPCAction, HTTPGetAction, TCPSocketAction } from '@mkube/api';
import { type Runtime, RuntimeError } from '@mkube/runtime';
import type { Answer } from './answer.ts';

export interface Target {
  runtime: Runtime;
  containerId: string;
  container: Container;
  podIP: string;
}

const MOST_OUTPUT = 10 * 1024;

export async function runExec({ command = [] }: ExecAction, target: Target, timeoutSeconds: number): Promise<Answer> {
  try {
    const result = await target.runtime.execSync(target.containerId, command, timeoutSeconds);
    const output = Buffer.concat([result.stdout, result.stderr]).subarray(0, MOST_OUTPUT).toString('utf8');
    return { ok: result.exitCode === 0, output };
  } catch (error) {
    if (error instanceof RuntimeError && error.code === 'DeadlineExceeded') {
      return { ok: false, output: `command timed out: "${command.join(' ')}" timed out after ${timeoutSeconds}s` };
    }
    throw error;
  }
}

export async function runHttpGet(action: HTTPGetAction, target: Target, options: HttpOptions): Promise<Answer> {
  const { requestOnce } = await import('./http-get.ts');
  const port = portOf(action.port, target.container);
  const headers = (action.httpHeaders ?? []).map(({ name, value }) => [name, value] as const);
  return requestOnce({
    scheme: action.scheme === 'HTTPS' ? 'https' : 'http',
    host: action.host || target.podIP,
    port,
    path: action.path ?? '/',
    headers,
    ...options,
  });
}

export interface HttpOptions {
  timeoutMs: number;
  userAgent: string;
  signal: AbortSignal;
}

export async function runTcpSocket(
  { host, port }: TCPSocketAction,
  target: Target,
  timeoutMs: number,
): Promise<Answer> {
  const { connectOnce } = await import('./tcp-socket.ts');
  return connectOnce({ host: host || target.podIP, port: portOf(port, target.container), timeoutMs });
}

export async function runGrpc({ port, service }: GRPCAction, target: Target, timeoutMs: number): Promise<Answer> {
  const { checkHealth } = await import('./grpc.ts');
  return checkHealth({ host: target.podIP, port, service: service ?? '', timeoutMs });
}

/** A number, or the name of one of the container's ports. */
export function portOf(port: string | number, container: Container): number {
  const known = typeof port === 'string' ? container.ports?.find(({ name }) => name === port)?.containerPort : port;
  const number = known ?? Number(port);
  if (!Number.isInteger(number) || number < 1 || number > 65_535) {
    throw new Error(`couldn't find port ${JSON.stringify(port)} in container ${container.name}`);
  }
  return number;
}
