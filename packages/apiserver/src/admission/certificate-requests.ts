/**
 * CertificateSigningRequests: the requester is whoever creates one, whatever it says; approving and signing need the right
 * to do so for that signer; nobody asks for a certificate of system:masters under the kubelet's client signer.
 */
import type { CertificateSigningRequest } from '@mkube/api';
import { forbiddenResource } from '@mkube/apimachinery';
import { isDeepStrictEqual } from 'node:util';
import type { ServerContext } from '../context.ts';
import { type AdmissionPlugin, type Attributes, isResource } from './plugin.ts';

const GROUP = 'certificates.k8s.io';

export const certificateRequests: AdmissionPlugin = {
  name: 'CertificateRequests',
  admit(attributes) {
    const { object, operation, user, subresource } = attributes;
    if (!isResource(attributes, GROUP, 'certificatesigningrequests') || operation !== 'CREATE' || subresource)
      return object;
    const request = object as CertificateSigningRequest;
    const { username: _u, uid: _i, groups: _g, extra: _e, ...spec } = request.spec;
    const extra = Object.fromEntries(Object.entries(user.extra ?? {}).map(([key, values]) => [key, [...values]]));
    return {
      ...request,
      spec: {
        ...spec,
        username: user.username,
        ...(user.uid && { uid: user.uid }),
        groups: [...user.groups],
        ...(Object.keys(extra).length > 0 && { extra }),
      },
    };
  },
  validate(attributes, server) {
    const { object, oldObject, operation, subresource } = attributes;
    if (!isResource(attributes, GROUP, 'certificatesigningrequests') || operation !== 'UPDATE') return;
    const request = object as CertificateSigningRequest;
    const old = (oldObject ?? object) as CertificateSigningRequest;
    if (subresource === 'approval') need(attributes, server, 'approve', old.spec.signerName);
    if (subresource === 'status' && !isDeepStrictEqual(request.status?.certificate, old.status?.certificate))
      need(attributes, server, 'sign', old.spec.signerName);
  },
};

function need(
  { user, definition, name }: Attributes,
  { authorizer }: ServerContext,
  verb: string,
  signer: string,
): void {
  const domain = signer.slice(0, Math.max(0, signer.indexOf('/')));
  const may = (signerName: string): boolean =>
    authorizer.authorize(user, {
      type: 'resource',
      verb,
      group: GROUP,
      version: '*',
      resource: 'signers',
      subresource: '',
      namespace: '',
      name: signerName,
      rest: '',
    }).allowed;
  if (may(signer) || may(`${domain}/*`)) return;
  throw forbiddenResource(
    definition,
    name,
    `user not permitted to ${verb} requests with signerName ${JSON.stringify(signer)}`,
  );
}
