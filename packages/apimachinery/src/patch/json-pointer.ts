/** JSON pointers, RFC 6901: '/metadata/annotations/a~1b' is ['metadata', 'annotations', 'a/b']. What stands before the first slash is passed over, as Kubernetes does. */
import { unprocessable } from './patch-error.ts';

export function parsePointer(pointer: string): string[] {
  if (pointer === '') return [];
  const [before, ...tokens] = pointer.split('/');
  if (tokens.length === 0) throw unprocessable(`invalid JSON pointer: ${JSON.stringify(before?.slice(0, 100))}`);
  return tokens.map((token) => token.replaceAll('~1', '/').replaceAll('~0', '~'));
}

/** An index into a list of `length`, from its end where it is negative; undefined for anything else. */
export function indexIn(token: string, length: number): number | undefined {
  if (!/^(0|-?[1-9][0-9]{0,9})$/.test(token)) return undefined;
  const index = Number(token);
  return index >= 0 ? index : index + length >= 0 ? index + length : undefined;
}

/** Where an element is put in: '-' is the place after the last. */
export const placeIn = (token: string, length: number): number | undefined =>
  token === '-' ? length : indexIn(token, length + 1);
