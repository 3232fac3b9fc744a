/** What a certificate request asks for, read out of its PKCS#10; signing. Through @peculiar/x509, loaded when one comes. */
import { randomBytes, webcrypto } from 'node:crypto';
import { loadX509 } from '@mkube/apimachinery/x509';
import { TerminalError } from '@mkube/client';

export interface CertificateRequest {
  commonName: string;
  organizations: string[];
  dnsNames: string[];
  addresses: string[];
  emails: string[];
  urls: string[];
}

export interface Signing {
  ca: { cert: string; key: string };
  usages: readonly string[];
  notBefore: Date;
  notAfter: Date;
}

/** `request` is base64 of PEM, as spec.request holds it. */
async function parse(request: string) {
  const x509 = await loadX509();
  try {
    return { x509, parsed: new x509.Pkcs10CertificateRequest(Buffer.from(request, 'base64').toString('utf8')) };
  } catch (cause) {
    throw new TerminalError('the request is no PEM of a PKCS#10 certificate request', { cause });
  }
}

export async function readRequest(request: string): Promise<CertificateRequest> {
  const { x509, parsed } = await parse(request);
  const names = alternativeNames(x509, parsed)?.names.items ?? [];
  const of = (type: string) => names.filter((name) => name.type === type).map(({ value }) => value);
  return {
    commonName: parsed.subjectName.getField('CN')[0] ?? '',
    organizations: parsed.subjectName.getField('O'),
    dnsNames: of('dns'),
    addresses: of('ip'),
    emails: of('email'),
    urls: of('url'),
  };
}

type X509 = Awaited<ReturnType<typeof loadX509>>;

const alternativeNames = (x509: X509, parsed: InstanceType<X509['Pkcs10CertificateRequest']>) =>
  parsed.extensions.find((extension) => extension instanceof x509.SubjectAlternativeNameExtension);

/** PEM of the certificate. Throws TerminalError where the request does not prove that it has the key. */
export async function signRequest(request: string, { ca, usages, notBefore, notAfter }: Signing): Promise<string> {
  const { x509, parsed } = await parse(request);
  if (!(await parsed.verify())) throw new TerminalError('the request is not signed with its own key');
  const authority = new x509.X509Certificate(ca.cert);
  const signingKey = await webcrypto.subtle.importKey('pkcs8', pemBytes(ca.key), ALGORITHM, false, ['sign']);
  const names = alternativeNames(x509, parsed);
  const extended = [
    ...(usages.includes('client auth') ? [x509.ExtendedKeyUsage.clientAuth] : []),
    ...(usages.includes('server auth') ? [x509.ExtendedKeyUsage.serverAuth] : []),
  ];
  const keyUsage =
    (usages.includes('digital signature') || usages.length === 0 ? x509.KeyUsageFlags.digitalSignature : 0) |
    (usages.includes('key encipherment') ? x509.KeyUsageFlags.keyEncipherment : 0);
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: `00${randomBytes(15).toString('hex')}`,
    subject: parsed.subject,
    issuer: authority.subject,
    notBefore,
    notAfter,
    publicKey: parsed.publicKey,
    signingKey,
    signingAlgorithm: ALGORITHM,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(keyUsage, true),
      ...(extended.length > 0 ? [new x509.ExtendedKeyUsageExtension(extended)] : []),
      ...(names ? [new x509.SubjectAlternativeNameExtension(names.names.toJSON())] : []),
    ],
  });
  return `${certificate.toString('pem')}\n`;
}

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };

const pemBytes = (pem: string): Buffer => Buffer.from(pem.replace(/-----[^-]+-----/g, ''), 'base64');
