/** CertificateSigningRequest, certificates.k8s.io/v1: what the facts do not hold. */
import { defineResource } from '../../define.ts';
import { facts } from '../../generated/resources.ts';
import type { CertificateSigningRequest } from '../../generated/types/certificates-v1.ts';

export const certificateSigningRequests = defineResource<CertificateSigningRequest>(
  facts.certificates.v1.CertificateSigningRequest,
);
