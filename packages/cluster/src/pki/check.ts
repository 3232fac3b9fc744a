/** Is a certificate on disk still good for an identity? With Node's own X.509 alone: this runs at every `up`. */
import { createPrivateKey, X509Certificate } from 'node:crypto';
import type { Identity } from './identity.ts';
import type { KeyPair } from './x509.ts';

const RENEW_BEFORE = 30 * 86_400_000;

/** Why it has to be issued again, or undefined. `authority` is the CA's certificate. */
export function staleReason(pair: KeyPair | undefined, identity: Identity, authority: string, now: Date) {
  if (pair === undefined) return 'it is missing';
  try {
    const cert = new X509Certificate(pair.cert);
    if (!cert.checkPrivateKey(createPrivateKey(pair.key))) return 'its key is another';
    if (!cert.verify(new X509Certificate(authority).publicKey)) return 'its authority is another';
    if (Date.parse(cert.validTo) - now.getTime() < RENEW_BEFORE) return 'it ends soon';
    if (namesOf(cert) !== wantedNames(identity)) return 'its names changed';
    return undefined;
  } catch {
    return 'it is damaged';
  }
}

function namesOf(cert: X509Certificate): string {
  const alternative = (cert.subjectAltName ?? '').split(', ').filter((n) => n !== '');
  return [...cert.subject.split('\n'), ...alternative].toSorted().join('\n');
}

function wantedNames(identity: Identity): string {
  return [
    `CN=${identity.commonName}`,
    ...(identity.organization === undefined ? [] : [`O=${identity.organization}`]),
    ...identity.dnsNames.map((name) => `DNS:${name}`),
    ...identity.addresses.map((address) => `IP Address:${address === '::1' ? '0:0:0:0:0:0:0:1' : address}`),
  ]
    .toSorted()
    .join('\n');
}
