/** Names of drivers, of storage and of devices alike. */
import { type FieldError, checkDns1123Subdomain, invalid, required, tooLong } from '@mkube/apimachinery';

const MAX_NAME = 63;

/** A subdomain in which upper case is allowed. */
export function driverName(field: string, name: string | undefined): FieldError[] {
  if (!name) return [required(field)];
  return [
    ...(Buffer.byteLength(name) > MAX_NAME ? [tooLong(field, MAX_NAME)] : []),
    ...checkDns1123Subdomain(name.toLowerCase()).map((fault) => invalid(field, name, fault)),
  ];
}
