/**
 * For the tests of this package: a real API server on the memory store, reachable over HTTPS and in process, with
 * certificates of its own making.
 */
import 'reflect-metadata';
import { generateKeyPairSync, randomBytes, webcrypto } from 'node:crypto';
import { type ApiServer, createApiServer } from '@mkube/apiserver';
import { type Store, openStore } from '@mkube/store';
import { pino } from 'pino';

export interface KeyPair {
  cert: string;
  key: string;
}

export interface TestApi {
  handle: ApiServer['handle'];
  store: Store;
  url: string;
  ca: string;
  /** A client certificate: CN is the user, O the groups. */
  certify(user: string, groups: string[]): Promise<KeyPair>;
  close(): Promise<void>;
}

export async function openApi(): Promise<TestApi> {
  const authority = await createAuthority();
  const serving = await authority.issue({ CN: ['kube-apiserver'] });
  const store = await openStore('memory:');
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const server = createApiServer({
    store,
    log: pino({ level: 'silent' }),
    tls: { ...serving, clientCa: authority.ca },
    serviceAccounts: {
      privateKey: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
      issuer: 'https://issuer',
    },
    kubelet: { ...serving, ca: authority.ca },
    advertise: { host: '127.0.0.1', port: 6443 },
    serviceCidr: '10.96.0.0/16',
    rootCa: authority.ca,
  });
  await server.ready();
  const { port } = await server.listen([{ host: '127.0.0.1', port: 0 }]);
  return {
    handle: (request) => server.handle(request),
    store,
    url: `https://127.0.0.1:${port}`,
    ca: authority.ca,
    certify: (user, groups) => authority.issue({ CN: [user], O: groups }),
    async close() {
      await server.close();
      await store.close();
    },
  };
}

type Name = Record<string, string[]>;

export async function createAuthority(): Promise<{ ca: string; issue(name: Name): Promise<KeyPair> }> {
  const x509 = await import('@peculiar/x509');
  x509.cryptoProvider.set(webcrypto);
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
  const newKeys = () => webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const validity = { notBefore: new Date(Date.now() - 60_000), notAfter: new Date(Date.now() + 3_600_000) };
  const serialNumber = () => randomBytes(8).toString('hex');
  const root = await newKeys();
  const issuer = [{ CN: ['test-ca'] }];
  const ca = await x509.X509CertificateGenerator.createSelfSigned({
    name: issuer,
    serialNumber: serialNumber(),
    ...validity,
    keys: root,
    signingAlgorithm: algorithm,
    extensions: [new x509.BasicConstraintsExtension(true)],
  });
  return {
    ca: ca.toString('pem'),
    async issue(name) {
      const keys = await newKeys();
      const cert = await x509.X509CertificateGenerator.create({
        subject: Object.entries(name).flatMap(([type, values]) => values.map((value) => ({ [type]: [value] }))),
        issuer: ca.subject,
        serialNumber: serialNumber(),
        ...validity,
        publicKey: keys.publicKey,
        signingKey: root.privateKey,
        signingAlgorithm: algorithm,
        extensions: [new x509.SubjectAlternativeNameExtension([{ type: 'ip', value: '127.0.0.1' }])],
      });
      const key = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey)).toString('base64');
      const lines = key.match(/.{1,64}/g)?.join('\n') ?? '';
      return { cert: cert.toString('pem'), key: `-----BEGIN PRIVATE KEY-----\n${lines}\n-----END PRIVATE KEY-----\n` };
    },
  };
}

/** Waits until `look` returns something that is no false or undefined. */
export async function eventually<T>(
  what: string,
  look: () => T | undefined | false | Promise<T | undefined | false>,
  ms = 10_000,
): Promise<T> {
  const deadline = Date.now() + ms;
  for (;;) {
    const found = await look();
    if (found !== undefined && found !== false) return found;
    if (Date.now() > deadline) throw new Error(`it never came about that ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
