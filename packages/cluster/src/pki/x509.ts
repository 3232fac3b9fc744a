/**
 * Makes EC P-256 certificates through @peculiar/x509, which is loaded only when something has to be issued: checking what
 * is there (check.ts) needs Node alone.
 */
import { randomBytes, webcrypto } from 'node:crypto';
import { loadX509 } from '@mkube/apimachinery/x509';
import type { Identity } from './identity.ts';

const DAY = 86_400_000;
const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };

/** PEM: a certificate, and its key as PKCS#8. */
export interface KeyPair {
  cert: string;
  key: string;
}

export interface Issuer {
  issue(identity: Identity): Promise<KeyPair>;
}

export async function createAuthority(commonName: string, now: Date): Promise<KeyPair> {
  const [x509, keys] = await Promise.all([loadX509(), newKeys()]);
  const cert = await x509.X509CertificateGenerator.createSelfSigned({
    name: [{ CN: [commonName] }],
    serialNumber: serialNumber(),
    ...validity(now, 3650),
    keys,
    signingAlgorithm: algorithm,
    extensions: [
      new x509.BasicConstraintsExtension(true, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.digitalSignature, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return { cert: pem('CERTIFICATE', cert.rawData), key: await exportKey(keys.privateKey) };
}

export async function openIssuer(authority: KeyPair, now: Date): Promise<Issuer> {
  const x509 = await loadX509();
  const ca = new x509.X509Certificate(authority.cert);
  const signingKey = await importKey(authority.key);
  const authorityKey = await x509.AuthorityKeyIdentifierExtension.create(await ca.publicKey.export());
  return {
    async issue(identity) {
      const keys = await newKeys();
      const usages = [
        ...(identity.server ? [x509.ExtendedKeyUsage.serverAuth] : []),
        ...(identity.client ? [x509.ExtendedKeyUsage.clientAuth] : []),
      ];
      const names = [
        ...identity.dnsNames.map((value) => ({ type: 'dns' as const, value })),
        ...identity.addresses.map((value) => ({ type: 'ip' as const, value })),
      ];
      const cert = await x509.X509CertificateGenerator.create({
        subject: [...(identity.organization ? [{ O: [identity.organization] }] : []), { CN: [identity.commonName] }],
        issuer: ca.subject,
        serialNumber: serialNumber(),
        ...validity(now, 365),
        publicKey: keys.publicKey,
        signingKey,
        signingAlgorithm: algorithm,
        extensions: [
          new x509.BasicConstraintsExtension(false, undefined, true),
          new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
          new x509.ExtendedKeyUsageExtension(usages),
          authorityKey,
          ...(names.length > 0 ? [new x509.SubjectAlternativeNameExtension(names)] : []),
        ],
      });
      return { cert: pem('CERTIFICATE', cert.rawData), key: await exportKey(keys.privateKey) };
    },
  };
}

/** From an hour ago, for clocks that differ. */
function validity(now: Date, days: number) {
  return { notBefore: new Date(now.getTime() - 3_600_000), notAfter: new Date(now.getTime() + days * DAY) };
}

function newKeys(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
}

function importKey(key: string): Promise<webcrypto.CryptoKey> {
  const der = Buffer.from(key.replace(/-----[^-]+-----|\s/g, ''), 'base64');
  return webcrypto.subtle.importKey('pkcs8', der, algorithm, false, ['sign']);
}

async function exportKey(key: webcrypto.CryptoKey): Promise<string> {
  return pem('PRIVATE KEY', await webcrypto.subtle.exportKey('pkcs8', key));
}

function pem(label: string, der: ArrayBuffer): string {
  const lines =
    Buffer.from(der)
      .toString('base64')
      .match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`;
}

/** Positive, 16 bytes, not starting with 00. */
function serialNumber(): string {
  const bytes = randomBytes(16);
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x40;
  return bytes.toString('hex');
}
