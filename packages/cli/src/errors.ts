/** What went wrong, in kubectl's words: one text for stderr, never a stack. */
import { StatusError } from '@mkube/apimachinery';
import { ConnectionError } from '@mkube/client';
import { CommandError, UsageError } from './io.ts';

export interface ErrorContext {
  /** 'mkube get', for the help line. */
  path: string;
  /** The server's URL where one was chosen. */
  server: string | undefined;
}

export function formatError(error: unknown, context: ErrorContext): string {
  if (error instanceof UsageError) return `error: ${error.message}\nSee '${context.path} --help' for usage.\n`;
  if (error instanceof CommandError)
    return `${error.message.includes('\n\nerror: ') ? '' : 'error: '}${error.message}\n`;
  if (error instanceof StatusError) return `${formatStatus(error)}\n`;
  return `${formatConnection(error as NodeJS.ErrnoException, context)}\n`;
}

function formatStatus(error: StatusError): string {
  if (error.reason === 'Invalid') {
    const { kind = '', group, name = '', causes = [] } = error.details ?? {};
    const lines = causes.map((c) => (c.field ? `${c.field}: ${c.message}` : (c.message ?? '')));
    const what =
      kind || name ? `The ${group ? `${kind}.${group}` : kind} "${name}" is invalid` : 'The request is invalid';
    if (lines.length === 0) return kind || name ? what : `${what}: ${error.message}`;
    return lines.length === 1 ? `${what}: ${lines[0]}` : `${what}: \n${lines.map((l) => `* ${l}`).join('\n')}`;
  }
  if (error.reason === 'Unauthorized') return `error: You must be logged in to the server (${error.message})`;
  return `Error from server${error.reason ? ` (${error.reason})` : ''}: ${error.message}`;
}

function formatConnection(error: NodeJS.ErrnoException, { server }: ErrorContext): string {
  const host = server?.replace(/^https?:\/\//, '') ?? 'the server';
  const inner = error instanceof ConnectionError ? (error.cause as NodeJS.ErrnoException) : error;
  const code = error.code ?? '';
  switch (code) {
    case 'ECONNREFUSED':
      return `The connection to the server ${host} was refused - did you specify the right host or port?\nIf the cluster is not running, start it with: mkube up`;
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return `Unable to connect to the server: dial tcp: lookup ${host}: no such host`;
    case 'ECONNRESET':
    case 'EPIPE':
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
    case 'ETIMEDOUT':
      return `Unable to connect to the server ${host}: ${code === 'ECONNRESET' ? 'connection reset by peer' : inner.message}`;
    default:
      break;
  }
  if (/^(CERT_|DEPTH_ZERO|UNABLE_TO_|SELF_SIGNED|ERR_TLS_|ERR_SSL_)/.test(code))
    return `Unable to connect to the server: tls: failed to verify certificate: ${inner.message}`;
  return `error: ${inner.message || String(error)}`;
}
