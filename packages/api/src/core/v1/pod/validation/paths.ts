/** Paths inside a volume: they never lead out of it. */
import { type FieldError, invalid } from '@mkube/apimachinery';

export const noBackstep = (field: string, path: string): FieldError[] =>
  path.split('/').includes('..') ? [invalid(field, path, "must not contain '..'")] : [];

/** Relative, and without a step back. */
export const descendingPath = (field: string, path: string): FieldError[] => [
  ...(path.startsWith('/') ? [invalid(field, path, 'must be a relative path')] : []),
  ...noBackstep(field, path),
];

/** A descending path that is none of the names that the kubelet keeps for itself ('..data'). */
export const localPath = (field: string, path: string): FieldError[] => [
  ...descendingPath(field, path),
  ...(path.startsWith('..') && !path.startsWith('../') && path !== '..'
    ? [invalid(field, path, "must not start with '..'")]
    : []),
];
