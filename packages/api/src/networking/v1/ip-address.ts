/** IPAddress, networking.k8s.io/v1: what the facts do not hold. Its name is the address. */
import { type FieldError, checkDns1123Subdomain, checkPathSegment, required } from '@mkube/apimachinery';
import { NONE } from '../../cells.ts';
import { defineResource } from '../../define.ts';
import { facts } from '../../generated/resources.ts';
import type { IPAddress, ParentReference } from '../../generated/types/networking-v1.ts';
import { format, immutable } from '../../validation/checks.ts';
import { ipAddress } from '../../validation/ip.ts';

export const ipAddresses = defineResource<IPAddress>(facts.networking.v1.IPAddress, {
  nameFormat: 'path',
  validate: ({ metadata, spec }) => [
    ...(metadata.name ? ipAddress('metadata.name', metadata.name) : []),
    ...validateParent(spec?.parentRef),
  ],
  validateUpdate: ({ spec }, { spec: old }) => immutable('spec.parentRef', asGo(spec?.parentRef), asGo(old?.parentRef)),
  cells: ({ metadata, spec }) => [metadata.name, formatParent(spec?.parentRef)],
});

/** The message shows the reference as its Go struct. */
const asGo = (ref: ParentReference | undefined) =>
  ref && {
    Group: ref.group ?? '',
    Resource: ref.resource ?? '',
    Namespace: ref.namespace ?? '',
    Name: ref.name ?? '',
  };

function validateParent(parent: ParentReference | undefined): FieldError[] {
  const at = 'spec.parentRef';
  if (!parent) return [required(at)];
  const segment = (key: 'resource' | 'name') =>
    parent[key] ? format(`${at}.${key}`, parent[key], checkPathSegment) : [required(`${at}.${key}`)];
  return [
    ...(parent.group ? format(`${at}.group`, parent.group, checkDns1123Subdomain) : []),
    ...segment('resource'),
    ...segment('name'),
    ...(parent.namespace ? format(`${at}.namespace`, parent.namespace, checkPathSegment) : []),
  ];
}

/** 'services/default/kubernetes' */
function formatParent(parent: ParentReference | undefined): string {
  if (!parent) return NONE;
  const resource = `${parent.resource}${parent.group ? `.${parent.group}` : ''}`.toLowerCase();
  return [resource, parent.namespace, parent.name].filter(Boolean).join('/');
}
