/**
 * CertificateSigningRequests: the requester is whoever creates one, whatever it says; approving and signing need the right
 * to do so for that signer; nobody asks for a certificate of system:masters.
 */
import type { CertificateSigningRequest } from '@mkube/api';
import { forbiddenResource } from '@mkube/apimachinery';
import { loadX509 } from '@mkube/apimachinery/x509';
import { isDeepStrictEqual } from 'node:util';
import { MASTERS } from '../auth/rbac/authorizer.ts';
import type { ServerContext } from '../context.ts';
import { type AdmissionPlugin, type Attributes, isResource } from './plugin.ts';

const GROUP = 'certificates.k8s.io';
const CLIENT_SIGNER = 'kubernetes.io/kube-apiserver-client';

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
    if (!isResource(attributes, GROUP, 'certificatesigningrequests')) return;
    const request = object as CertificateSigningRequest;
    if (operation === 'CREATE' && !subresource) return checkSubject(attributes, request);
    if (operation !== 'UPDATE') return;
    const old = (oldObject ?? object) as CertificateSigningRequest;
    if (subresource === 'approval') need(attributes, server, 'approve', old.spec.signerName);
    if (subresource === 'status' && !isDeepStrictEqual(request.status?.certificate, old.status?.certificate))
      need(attributes, server, 'sign', old.spec.signerName);
  },
};

/** Kubernetes' CertificateSubjectRestriction: its group has every right, and no role to take it from. */
async function checkSubject({ definition, name }: Attributes, { spec }: CertificateSigningRequest): Promise<void> {
  if (spec.signerName !== CLIENT_SIGNER) return;
  const { Pkcs10CertificateRequest } = await loadX509();
  const refuse = (why: string) => forbiddenResource(definition, name, why);
  let groups: string[];
  try {
    const pem = Buffer.from(spec.request, 'base64').toString('latin1');
    groups = new Pkcs10CertificateRequest(pem).subjectName.getField('O');
  } catch {
    throw refuse('failed to parse CSR: it is no PKCS#10 certificate request');
  }
  if (groups.includes(MASTERS)) throw refuse(`use of ${CLIENT_SIGNER} signer with ${MASTERS} group is not allowed`);
}

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
