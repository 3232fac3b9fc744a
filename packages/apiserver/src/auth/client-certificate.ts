/** Who a TLS client is by its certificate: CN is the user, each O a group. Read once per connection. */
import type { TLSSocket } from 'node:tls';
import type { User } from '../request/request.ts';

export interface CertificateIdentity {
  /** undefined: the client showed no certificate. */
  user: User | undefined;
  /** It showed one that our CA did not sign, or that is out of date. */
  refused: boolean;
}

export class CertificateIdentities {
  readonly #known = new WeakMap<TLSSocket, CertificateIdentity>();

  of(socket: TLSSocket): CertificateIdentity {
    let identity = this.#known.get(socket);
    if (!identity) {
      identity = read(socket);
      this.#known.set(socket, identity);
    }
    return identity;
  }
}

function read(socket: TLSSocket): CertificateIdentity {
  const { subject } = socket.getPeerCertificate();
  if (!subject) return { user: undefined, refused: false };
  if (!socket.authorized) return { user: undefined, refused: true };
  const organizations: string | string[] = subject.O ?? [];
  const groups = typeof organizations === 'string' ? [organizations] : organizations;
  const common: string | string[] = subject.CN ?? '';
  const username = typeof common === 'string' ? common : (common[0] ?? '');
  if (!username) return { user: undefined, refused: true };
  return { user: { username, groups: [...groups, 'system:authenticated'] }, refused: false };
}
