/** CertificateSigningRequest, certificates.k8s.io/v1: what the facts do not hold. The requester is whoever creates it. */
import {
  type Cell,
  type FieldError,
  checkDns1123Label,
  checkDns1123Subdomain,
  formatAge,
  formatTime,
  forbidden,
  invalid,
  required,
} from '@mkube/apimachinery';
import { age } from '../../cells.ts';
import { defineResource } from '../../define.ts';
import { facts } from '../../generated/resources.ts';
import type {
  CertificateSigningRequest,
  CertificateSigningRequestSpec,
} from '../../generated/types/certificates-v1.ts';
import { duplicates, immutable } from '../../validation/checks.ts';

export const certificateSigningRequests = defineResource<CertificateSigningRequest>(
  facts.certificates.v1.CertificateSigningRequest,
  {
    nameFormat: 'path',
    // Signers write their Failed condition through status; validateConditions keeps decisions to approval.
    resetFields: { approval: ['spec', 'status.certificate'], main: ['spec', 'status'], status: ['spec'] },
    prepareForUpdate: (request, old, { now }) => withTimes(request, old, formatTime(now)),
    validate: ({ spec }) => validateSpec(spec),
    validateUpdate: (request, old, { subresource }) => [
      ...immutable('spec', request.spec, old.spec),
      ...validateConditions(request, old, subresource),
    ],
    selectableFields: ({ spec }) => ({ 'spec.signerName': spec?.signerName ?? '' }),
    cells: (request, now) => requestCells(request, now),
  },
);

/** Conditions say when they were written and when they became what they are, also where nobody said it. */
function withTimes(
  request: CertificateSigningRequest,
  old: CertificateSigningRequest,
  now: string,
): CertificateSigningRequest {
  const conditions = request.status?.conditions;
  if (!conditions?.length) return request;
  const timed = conditions.map((condition) => {
    const before = old.status?.conditions?.find(({ type }) => type === condition.type);
    const since = before?.status === condition.status ? before.lastTransitionTime : undefined;
    return {
      ...condition,
      lastUpdateTime: condition.lastUpdateTime ?? now,
      lastTransitionTime: condition.lastTransitionTime ?? since ?? now,
    };
  });
  return { ...request, status: { ...request.status, conditions: timed } };
}

const USAGES = [
  'signing',
  'digital signature',
  'content commitment',
  'key encipherment',
  'key agreement',
  'data encipherment',
  'cert sign',
  'crl sign',
  'encipher only',
  'decipher only',
  'any',
  'server auth',
  'client auth',
  'code signing',
  'email protection',
  's/mime',
  'ipsec end system',
  'ipsec tunnel',
  'ipsec user',
  'timestamping',
  'ocsp signing',
  'microsoft sgc',
  'netscape sgc',
];

function validateSpec(spec: CertificateSigningRequestSpec | undefined): FieldError[] {
  if (!spec) return [];
  const faults: FieldError[] = [];
  const text = Buffer.from(spec.request ?? '', 'base64').toString('latin1');
  if (!/-----BEGIN (NEW )?CERTIFICATE REQUEST-----[\s\S]+-----END (NEW )?CERTIFICATE REQUEST-----/.test(text))
    faults.push(invalid('spec.request', spec.request || null, 'PEM block type must be CERTIFICATE REQUEST'));
  const usages = spec.usages ?? [];
  if (usages.length === 0) faults.push(required('spec.usages'));
  for (const [i, usage] of usages.entries())
    if (!USAGES.includes(usage))
      faults.push({
        type: 'FieldValueNotSupported',
        field: `spec.usages[${i}]`,
        message: `Unsupported value: ${JSON.stringify(usage)}: supported values: ${USAGES.toSorted()
          .map((u) => JSON.stringify(u))
          .join(', ')}`,
      });
  faults.push(...duplicates(usages, (value, i) => ({ field: `spec.usages[${i}]`, value })));
  faults.push(...validateSignerName('spec.signerName', spec.signerName));
  if (spec.expirationSeconds !== undefined && spec.expirationSeconds < 600)
    faults.push(
      invalid(
        'spec.expirationSeconds',
        spec.expirationSeconds,
        'may not specify a duration less than 600 seconds (10 minutes)',
      ),
    );
  return faults;
}

/** 'example.com/signer.name': labels of a domain, a slash, subdomains. Only the first wrong one of each is told. */
function validateSignerName(field: string, name: string | undefined): FieldError[] {
  if (!name) return [];
  const [domain = '', path = '', ...more] = name.split('/');
  if (more.length > 0 || !name.includes('/'))
    return [invalid(field, name, "must be a fully qualified domain and path of the form 'example.com/signer-name'")];
  return [
    ...firstWrong(field, domain, checkDns1123Label),
    ...(domain.includes('.')
      ? []
      : [invalid(field, domain, 'should be a domain with at least two segments separated by dots')]),
    ...firstWrong(field, path, checkDns1123Subdomain),
  ];
}

function firstWrong(field: string, name: string, check: (label: string) => string[]): FieldError[] {
  const wrong = name.split('.').find((label) => check(label).length > 0);
  if (wrong === undefined) return [];
  return check(wrong).map((fault) => invalid(field, name, `validating label ${JSON.stringify(wrong)}: ${fault}`));
}

/** Approval and denial exclude each other, are given through /approval, and are never taken back. */
function validateConditions(
  request: CertificateSigningRequest,
  old: CertificateSigningRequest,
  subresource?: string,
): FieldError[] {
  const has = (of: CertificateSigningRequest, type: string) =>
    of.status?.conditions?.some((c) => c.type === type) ?? false;
  const at = 'status.conditions';
  const faults: FieldError[] = [];
  if (has(request, 'Approved') && has(request, 'Denied'))
    faults.push(invalid(at, 'Denied', 'Approved and Denied conditions are mutually exclusive'));
  for (const type of ['Approved', 'Denied', 'Failed']) {
    const added = has(request, type) && !has(old, type);
    const removed = !has(request, type) && has(old, type);
    if (removed) faults.push(forbidden(at, `updates may not remove a condition of type ${JSON.stringify(type)}`));
    if (added && type !== 'Failed' && subresource !== 'approval')
      faults.push(forbidden(at, `updates may not add a condition of type ${JSON.stringify(type)}`));
  }
  return faults;
}

const requestCells = (request: CertificateSigningRequest, now: Date): Cell[] => [
  request.metadata.name,
  age(request, now),
  request.spec?.signerName || '<none>',
  request.spec?.username ?? '',
  request.spec?.expirationSeconds === undefined ? '<none>' : formatAge(request.spec.expirationSeconds * 1000),
  conditionText(request),
];

function conditionText({ status }: CertificateSigningRequest): string {
  const has = (type: string) => status?.conditions?.some((c) => c.type === type) ?? false;
  const decided = has('Denied') ? 'Denied' : has('Approved') ? 'Approved' : 'Pending';
  return [decided, has('Failed') && 'Failed', (status?.certificate ?? '') !== '' && 'Issued'].filter(Boolean).join(',');
}
