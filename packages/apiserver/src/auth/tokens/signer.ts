/**
 * Service-account tokens: JWTs signed with the cluster's EC P-256 key, and the public half that others verify them with.
 * The library is loaded at the first token: a server that nobody asks for one starts without it.
 */
import { createHash, createPrivateKey, createPublicKey, type JsonWebKey } from 'node:crypto';
import type { JWTPayload } from 'jose';
import type * as Jose from 'jose';

/** What stands under 'kubernetes.io' in a token. */
export interface PrivateClaims {
  namespace: string;
  serviceaccount: { name: string; uid: string };
  pod?: { name: string; uid: string };
  node?: { name: string; uid: string };
  secret?: { name: string; uid: string };
  warnafter?: number;
}

export type Claims = JWTPayload & { 'kubernetes.io'?: PrivateClaims };

type Key = Awaited<ReturnType<typeof Jose.importPKCS8>>;

export interface TokenSigner {
  issuer: string;
  sign(claims: Claims): Promise<string>;
  /** undefined for anything that this cluster did not sign, or that is out of date. */
  verify(token: string, now: Date): Promise<Claims | undefined>;
  /** The JSON Web Key Set to publish. */
  keys(): { keys: JsonWebKey[] };
}

export function createTokenSigner({ privateKey, issuer }: { privateKey: string; issuer: string }): TokenSigner {
  let loaded: Promise<{ jose: typeof Jose; key: Key; publicKey: Key }> | undefined;
  const load = () => (loaded ??= loadKeys(privateKey));
  let published: ReturnType<typeof publicJwk> | undefined;
  const jwk = () => (published ??= publicJwk(privateKey)); // named in every token: worked out once
  return {
    issuer,
    async sign(claims) {
      const { jose, key } = await load();
      return new jose.SignJWT(claims).setProtectedHeader({ alg: 'ES256', kid: String(jwk().kid) }).sign(key);
    },
    async verify(token, now) {
      const { jose, publicKey } = await load();
      try {
        const { payload } = await jose.jwtVerify(token, publicKey, { issuer, currentDate: now, algorithms: ['ES256'] });
        return payload;
      } catch {
        return undefined;
      }
    },
    keys: () => ({ keys: [jwk()] }),
  };
}

async function loadKeys(pem: string) {
  const jose = await import('jose');
  const pkcs8 = toPkcs8(pem);
  const [key, publicKey] = await Promise.all([
    jose.importPKCS8(pkcs8, 'ES256'),
    jose.importSPKI(createPublicKey(pem).export({ type: 'spki', format: 'pem' }).toString(), 'ES256'),
  ]);
  return { jose, key, publicKey };
}

const toPkcs8 = (pem: string): string => createPrivateKey(pem).export({ type: 'pkcs8', format: 'pem' }).toString();

function publicJwk(pem: string): JsonWebKey & { kid: string } {
  const key = createPublicKey(pem);
  const der = key.export({ type: 'spki', format: 'der' });
  const kid = createHash('sha256').update(der).digest('base64url');
  return { use: 'sig', alg: 'ES256', kid, ...key.export({ format: 'jwk' }) };
}
