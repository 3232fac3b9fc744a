/** Which certificate requests are approved by themselves, and what each of Kubernetes' signers signs. Pure. */
import type { CertificateSigningRequest } from '@mkube/api';
import type { CertificateRequest } from './request.ts';

export const KUBELET_CLIENT = 'kubernetes.io/kube-apiserver-client-kubelet';
const CLIENT = 'kubernetes.io/kube-apiserver-client';
const KUBELET_SERVING = 'kubernetes.io/kubelet-serving';
const LEGACY = 'kubernetes.io/legacy-unknown';
export const SIGNERS: readonly string[] = [CLIENT, KUBELET_CLIENT, KUBELET_SERVING, LEGACY];

type Spec = CertificateSigningRequest['spec'];

export const hasCondition = ({ status }: CertificateSigningRequest, type: string): boolean =>
  status.conditions?.some((condition) => condition.type === type && condition.status !== 'False') ?? false;

const NODE = 'system:node:';
const isOfNode = ({ commonName, organizations }: CertificateRequest): boolean =>
  commonName.startsWith(NODE) && organizations.length === 1 && organizations[0] === 'system:nodes';

const hasNames = ({ dnsNames, addresses, emails, urls }: CertificateRequest): boolean =>
  dnsNames.length + addresses.length + emails.length + urls.length > 0;

/** Why a signer does not sign this; undefined where it does. */
export function refusalOf({ signerName, usages = [] }: Spec, request: CertificateRequest): string | undefined {
  switch (signerName) {
    case CLIENT:
      return refusedUsages(usages, 'client auth');
    case KUBELET_CLIENT:
      if (!isOfNode(request)) return 'subject must be CN=system:node:<name>, O=system:nodes';
      if (hasNames(request)) return 'subject alternative names are not allowed';
      return refusedUsages(usages, 'client auth');
    case KUBELET_SERVING:
      if (!isOfNode(request)) return 'subject must be CN=system:node:<name>, O=system:nodes';
      if (request.dnsNames.length + request.addresses.length === 0)
        return 'at least one DNS or IP subject alternative name is required';
      if (request.emails.length + request.urls.length > 0)
        return 'email and URI subject alternative names are not allowed';
      return refusedUsages(usages, 'server auth');
    default:
      return undefined;
  }
}

function refusedUsages(usages: readonly string[], needed: string): string | undefined {
  const allowed = ['digital signature', 'key encipherment', needed];
  const wrong = usages.filter((usage) => !allowed.includes(usage));
  if (wrong.length > 0) return `usages ${wrong.join(', ')} are not allowed`;
  return usages.includes(needed) ? undefined : `usage ${needed} is required`;
}

/** The permission that lets a request of this kind be approved by itself. */
export interface Recognized {
  subresource: 'selfnodeclient' | 'nodeclient';
  message: string;
}

export function recognize(spec: Spec, request: CertificateRequest): Recognized[] {
  if (spec.signerName !== KUBELET_CLIENT || refusalOf(spec, request)) return [];
  const self: Recognized = {
    subresource: 'selfnodeclient',
    message: 'Auto approving self kubelet client certificate after SubjectAccessReview.',
  };
  const node: Recognized = {
    subresource: 'nodeclient',
    message: 'Auto approving kubelet client certificate after SubjectAccessReview.',
  };
  return spec.username === request.commonName ? [self, node] : [node];
}

const YEAR = 365 * 86_400;
const TEN_MINUTES = 600;

/** At most a year, at least ten minutes, and no longer than the authority lives. */
export function lifetime({ expirationSeconds }: Spec, now: Date): { notBefore: Date; notAfter: Date } {
  const seconds = Math.min(Math.max(expirationSeconds ?? YEAR, TEN_MINUTES), YEAR);
  const backdated = Math.min(300, seconds / 2);
  return { notBefore: new Date(now.getTime() - backdated * 1000), notAfter: new Date(now.getTime() + seconds * 1000) };
}

const HOUR_MS = 3_600_000;

/** When a request has been of no more use for long enough: milliseconds since 1970. */
export function staleAt(csr: CertificateSigningRequest): number {
  const decided = csr.status.conditions?.find(
    ({ type }) => type === 'Approved' || type === 'Denied' || type === 'Failed',
  );
  if (!decided) return Date.parse(csr.metadata.creationTimestamp) + 24 * HOUR_MS;
  return Date.parse(decided.lastUpdateTime ?? csr.metadata.creationTimestamp) + HOUR_MS;
}
