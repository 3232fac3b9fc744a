/** JSON pointers, RFC 6901: '/metadata/annotations/a~1b' is ['metadata', 'annotations', 'a/b']. */
import { BadRequest } from '../errors.ts';

export function parsePointer(pointer: string): string[] {
  if (pointer === '') return [];
  if (!pointer.startsWith('/')) throw new BadRequest(`invalid JSON pointer: ${JSON.stringify(pointer.slice(0, 100))}`);
  return pointer
    .slice(1)
    .split('/')
    .map((token) => token.replaceAll('~1', '/').replaceAll('~0', '~'));
}

/** An index into a list of `length`; undefined for anything else. '-' is the place after the last. */
export function indexIn(token: string, length: number): number | undefined {
  if (token === '-') return length;
  return /^(0|[1-9][0-9]{0,9})$/.test(token) ? Number(token) : undefined;
}
