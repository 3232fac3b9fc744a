/** What others need to verify our tokens: the issuer's configuration and its keys, by OpenID Connect's discovery. */
import { bytesResponse, jsonResponse } from '../../encode/respond.ts';
import type { PathHandler } from '../../paths.ts';
import type { TokenSigner } from './signer.ts';

export const openIdHandler =
  (signer: TokenSigner, advertise: { host: string; port: number }): PathHandler =>
  ({ path }) => {
    const asked = path.replace(/\/$/, '');
    if (asked === '/openid/v1/jwks')
      return bytesResponse(200, 'application/jwk-set+json', Buffer.from(JSON.stringify(signer.keys())));
    if (asked !== '/.well-known/openid-configuration') return undefined;
    return jsonResponse(200, {
      issuer: signer.issuer,
      jwks_uri: `https://${advertise.host}:${advertise.port}/openid/v1/jwks`,
      response_types_supported: ['id_token'],
      subject_types_supported: ['public'],
      id_token_signing_alg_values_supported: ['ES256'],
    });
  };
