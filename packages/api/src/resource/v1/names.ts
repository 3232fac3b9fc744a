/** Names that devices are known by: pools, attributes and capacities, with or without the domain that defines them. */
import { type FieldError, checkDns1123Subdomain, invalid, required, tooLong } from '@mkube/apimachinery';
import { format } from '../../validation/checks.ts';
import { driverName } from '../../validation/driver-name.ts';

const MOST_OF_POOL = 253;
const MOST_OF_ID = 32;

/** Subdomains with slashes between them. */
export function poolName(field: string, name: string | undefined): FieldError[] {
  if (!name) return [required(field)];
  return [
    ...(Buffer.byteLength(name) > MOST_OF_POOL ? [tooLong(field, MOST_OF_POOL)] : []),
    ...name.split('/').flatMap((part) => format(field, part, checkDns1123Subdomain)),
  ];
}

/** 'speed' or 'driver.example.com/speed'; Kubernetes accepts whatever has more slashes. */
export function qualifiedAttribute(field: string, name: string): FieldError[] {
  const [domain = '', id, more] = name.split('/');
  if (more !== undefined) return [];
  if (id === undefined) return identifier(field, domain);
  return [
    ...(domain ? driverName(field, domain) : [invalid(field, '', 'the domain must not be empty')]),
    ...(id ? identifier(field, id) : [invalid(field, '', 'the name must not be empty')]),
  ];
}

export const fullyQualifiedAttribute = (field: string, name: string): FieldError[] => [
  ...qualifiedAttribute(field, name),
  ...(name.includes('/')
    ? []
    : [invalid(field, name, 'a fully qualified name must be a domain and a name separated by a slash')]),
];

const IDENTIFIER =
  "a valid C identifier must start with alphabetic character or '_', followed by a string of alphanumeric characters or '_' (e.g. 'my_name',  or 'MY_NAME',  or 'MyName', regex used for validation is '[A-Za-z_][A-Za-z0-9_]*')";

const identifier = (field: string, id: string): FieldError[] => [
  ...(Buffer.byteLength(id) > MOST_OF_ID ? [tooLong(field, MOST_OF_ID)] : []),
  ...(/^[A-Za-z_][A-Za-z0-9_]*$/.test(id) ? [] : [invalid(field, id, IDENTIFIER)]),
];

/** A key in a path, with its middle left out where it is too long to show. */
export function shortened(key: string, most: number): string {
  if (key.length <= most) return key;
  const left = most - '...'.length;
  return `${key.slice(0, Math.ceil(left / 2))}...${key.slice(key.length - Math.floor(left / 2))}`;
}
