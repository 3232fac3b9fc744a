/** Who sends a request: client certificate, bearer token, or nobody (who may read health and version). */
import type { IncomingMessage } from 'node:http';
import type { TLSSocket } from 'node:tls';
import { Unauthorized } from '@mkube/apimachinery';
import type { User } from '../request/request.ts';
import type { ServiceAccountTokens } from './tokens/authenticator.ts';
import { CertificateIdentities } from './client-certificate.ts';

export const ANONYMOUS: User = { username: 'system:anonymous', groups: ['system:unauthenticated'] };

export function createAuthenticator(tokens: ServiceAccountTokens) {
  const certificates = new CertificateIdentities();
  return (message: IncomingMessage, socket: TLSSocket): User | Promise<User> => {
    const { user, refused } = certificates.of(socket);
    if (user) return user;
    const { authorization } = message.headers;
    if (authorization === undefined && !refused) return ANONYMOUS;
    const token = /^bearer +(\S+) *$/i.exec(authorization ?? '')?.[1];
    if (!token) throw new Unauthorized('Unauthorized');
    return byToken(tokens, token);
  };
}

async function byToken(tokens: ServiceAccountTokens, token: string): Promise<User> {
  const identity = await tokens.identify(token);
  if (!identity) throw new Unauthorized('Unauthorized');
  return identity.user;
}
