/** For tests of the kubelet's server: a CA, a server certificate for loopback, client certificates. */
import { createPrivateKey, randomBytes, webcrypto } from 'node:crypto';
import 'reflect-metadata';
import * as x509 from '@peculiar/x509';

export interface KeyPair {
  cert: string;
  key: string;
}

export interface TestPki {
  ca: string;
  server: KeyPair;
  client(commonName: string, organization: string): Promise<KeyPair>;
}

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };

export async function createPki(): Promise<TestPki> {
  x509.cryptoProvider.set(webcrypto as never);
  const caKeys = await newKeys();
  const validity = { notBefore: new Date(Date.now() - 3_600_000), notAfter: new Date(Date.now() + 86_400_000) };
  const ca = await x509.X509CertificateGenerator.createSelfSigned({
    name: 'CN=test-ca',
    serialNumber: serial(),
    ...validity,
    keys: caKeys,
    signingAlgorithm: algorithm,
    extensions: [new x509.BasicConstraintsExtension(true, undefined, true)],
  });
  const issue = async (subject: string, extensions: x509.Extension[]): Promise<KeyPair> => {
    const keys = await newKeys();
    const cert = await x509.X509CertificateGenerator.create({
      subject,
      issuer: ca.subject,
      serialNumber: serial(),
      ...validity,
      publicKey: keys.publicKey,
      signingKey: caKeys.privateKey,
      signingAlgorithm: algorithm,
      extensions,
    });
    return { cert: cert.toString('pem'), key: await pemOf(keys.privateKey) };
  };
  return {
    ca: ca.toString('pem'),
    server: await issue('CN=node', [new x509.SubjectAlternativeNameExtension([{ type: 'ip', value: '127.0.0.1' }])]),
    client: (commonName, organization) => issue(`O=${organization}, CN=${commonName}`, []),
  };
}

const newKeys = () =>
  webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']) as Promise<webcrypto.CryptoKeyPair>;
const serial = (): string => `01${randomBytes(8).toString('hex')}`;

async function pemOf(key: webcrypto.CryptoKey): Promise<string> {
  const der = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', key));
  return createPrivateKey({ key: der, format: 'der', type: 'pkcs8' })
    .export({ format: 'pem', type: 'pkcs8' })
    .toString();
}
