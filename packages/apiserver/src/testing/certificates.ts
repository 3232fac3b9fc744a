/** A certificate authority for one test: serving and client certificates, EC P-256. Not part of the product. */
import { webcrypto } from 'node:crypto';
import { loadX509 } from '@mkube/apimachinery/x509';

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const HOUR = 3_600_000;

export interface KeyPair {
  cert: string;
  key: string;
}

export interface TestAuthority {
  cert: string;
  issue(subject: { commonName: string; groups?: string[] }): Promise<KeyPair>;
}

export async function createTestAuthority(): Promise<TestAuthority> {
  const x509 = await loadX509();
  const valid = { notBefore: new Date(Date.now() - HOUR), notAfter: new Date(Date.now() + HOUR) };
  const newKeys = () => webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
  const keys = await newKeys();
  let serial = 1;
  const ca = await x509.X509CertificateGenerator.createSelfSigned({
    name: 'CN=test',
    serialNumber: '01',
    ...valid,
    keys,
    signingAlgorithm: ALGORITHM,
    extensions: [new x509.BasicConstraintsExtension(true, undefined, true)],
  });
  return {
    cert: ca.toString('pem'),
    async issue({ commonName, groups = [] }) {
      const own = await newKeys();
      const cert = await x509.X509CertificateGenerator.create({
        subject: [...groups.map((group) => ({ O: [group] })), { CN: [commonName] }],
        issuer: ca.subject,
        serialNumber: String(++serial).padStart(4, '0'),
        ...valid,
        publicKey: own.publicKey,
        signingKey: keys.privateKey,
        signingAlgorithm: ALGORITHM,
        extensions: [new x509.SubjectAlternativeNameExtension([{ type: 'ip', value: '127.0.0.1' }])],
      });
      const pkcs8 = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', own.privateKey)).toString('base64');
      return {
        cert: cert.toString('pem'),
        key: `-----BEGIN PRIVATE KEY-----\n${pkcs8}\n-----END PRIVATE KEY-----\n`,
      };
    },
  };
}
