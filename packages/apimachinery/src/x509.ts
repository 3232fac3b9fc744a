/** X.509 beyond what Node reads itself, through @peculiar/x509: loaded when a certificate is issued or asked for, by nobody else. */
import { webcrypto } from 'node:crypto';

export async function loadX509() {
  await import('reflect-metadata'); // its container for plug-ins wants the polyfill to be there first
  const x509 = await import('@peculiar/x509');
  x509.cryptoProvider.set(webcrypto);
  return x509;
}
