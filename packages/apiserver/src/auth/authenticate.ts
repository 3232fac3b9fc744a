/** Who sends a request: client certificate, bearer token, or nobody (who may read health and version). */
import type { IncomingMessage } from 'node:http';
import type { TLSSocket } from 'node:tls';
import { Unauthorized } from '@mkube/apimachinery';
import { type Later, after } from '../request/later.ts';
import type { User } from '../request/request.ts';
import type { ServiceAccountTokens } from './tokens/authenticator.ts';
import { CertificateIdentities } from './client-certificate.ts';

export const ANONYMOUS: User = { username: 'system:anonymous', groups: ['system:unauthenticated'] };

export type Authenticate = (message: IncomingMessage, socket: TLSSocket) => Later<User>;

export function createAuthenticator(tokens: ServiceAccountTokens): Authenticate {
  const certificates = new CertificateIdentities();
  const bearers = new BearerTokens();
  return (message, socket) => {
    const { user, refused } = certificates.of(socket);
    if (user) return user;
    const { authorization } = message.headers;
    if (authorization === undefined && !refused) return ANONYMOUS;
    const token = bearers.of(socket, authorization ?? '');
    // Who shows something else than a token shows nothing that is looked at.
    if (!token && !refused) return ANONYMOUS;
    if (!token) throw new Unauthorized('Unauthorized');
    return byToken(tokens, token);
  };
}

const byToken = (tokens: ServiceAccountTokens, token: string): Later<User> =>
  after(tokens.identify(token), (identity) => {
    if (!identity) throw new Unauthorized('Unauthorized');
    return identity.user;
  });

/** The token of an Authorization header: a connection shows the same one again and again, and it is read once. */
class BearerTokens {
  readonly #last = new WeakMap<TLSSocket, { authorization: string; token: string }>();

  of(socket: TLSSocket, authorization: string): string | undefined {
    const last = this.#last.get(socket);
    if (last?.authorization === authorization) return last.token;
    const token = /^bearer +(\S+) *$/i.exec(authorization)?.[1];
    if (token) this.#last.set(socket, { authorization, token });
    return token;
  }
}
