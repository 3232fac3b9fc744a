/** What a node tells of itself: each address once, and features by name in their order. */
import { type FieldError, duplicate, invalid } from '@mkube/apimachinery';
import type { NodeAddress } from '../../generated/types/core-v1.ts';
import { each } from '../../validation/checks.ts';

export function validateAddresses(addresses: readonly NodeAddress[] | undefined, field: string): FieldError[] {
  const seen = new Set<string>();
  return each(addresses, field, ({ type, address }, at) => {
    const key = `${type}/${address}`;
    // shown as the fields are named inside the API server
    if (seen.has(key)) return [duplicate(at, { Type: type, Address: address })];
    seen.add(key);
    return [];
  });
}

const FEATURE = /^[A-Z][a-zA-Z0-9]*(\/[a-zA-Z][a-zA-Z0-9]*)*$/;
const FEATURE_FORM =
  "must start with an UpperCamelCase segment, with subsequent segments separated by '/' (e.g., MyFeature or MyFeature/mySubFeature), and contain only alphanumeric characters and slashes";

export const validateDeclaredFeatures = (features: readonly string[] | undefined, field: string): FieldError[] =>
  each(features, field, (name, at, i) => [
    ...(FEATURE.test(name) ? [] : [invalid(at, name, `invalid feature name ${JSON.stringify(name)}: ${FEATURE_FORM}`)]),
    ...(i === 0 ? [] : inOrder(name, { before: features?.[i - 1] ?? '', at })),
  ]);

function inOrder(name: string, { before, at }: { before: string; at: string }): FieldError[] {
  if (name === before) return [duplicate(at, name)];
  return before > name ? [invalid(at, name, 'list must be sorted alphabetically')] : [];
}
