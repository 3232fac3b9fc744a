/** Who could not say who they are stands in the audit log too, with how they tried. */
import type { IncomingMessage } from 'node:http';
import type { TLSSocket } from 'node:tls';
import { Unauthorized } from '@mkube/apimachinery';
import type { Authenticate } from '../auth/authenticate.ts';
import type { ServerContext } from '../context.ts';
import { rescued } from '../request/later.ts';
import { readTarget } from '../request/target.ts';
import { Audit, type AuditOptions } from './audit.ts';

export function auditedAuthentication(
  authenticate: Authenticate,
  { options, clock }: Pick<ServerContext, 'options' | 'clock'>,
): Authenticate {
  const { audit } = options;
  if (!audit) return authenticate;
  return (message, socket) =>
    rescued(
      () => authenticate(message, socket),
      (error): never => {
        if (error instanceof Unauthorized) writeDown(audit, clock, message);
        throw error;
      },
    );
}

function writeDown(audit: AuditOptions, clock: () => Date, message: IncomingMessage): void {
  const { method = 'GET', headers, socket, url = '/' } = message;
  const { path, query, info } = readTarget(method, url);
  if (!info) return;
  const { remoteAddress } = socket;
  const request = { method, path, query, headers, body: undefined, ...(remoteAddress && { remoteAddress }) };
  Audit.of(audit, clock, { request, user: undefined, info })?.refused(howTried(message));
}

function howTried({ headers, socket }: IncomingMessage): string {
  const tried = [
    ...(/^basic /i.test(headers.authorization ?? '') ? ['basic'] : []),
    ...(/^bearer /i.test(headers.authorization ?? '') ? ['bearer'] : []),
    ...((socket as TLSSocket).getPeerCertificate().raw ? ['x509'] : []),
  ];
  return tried.length > 0
    ? `Authentication failed, attempted: ${tried.join(', ')}`
    : 'Authentication failed, no credentials provided';
}
