/** A patch of any type applied to an object: the outcome as a plain value, to be decoded like a body. */
import { UnsupportedMediaType } from '@mkube/apimachinery';
import type { ResourceContext } from '../context.ts';
import type { WriteOptions } from '../request/options.ts';
import type { Expected } from './decode.ts';

export interface Patched {
  value: unknown;
}

export async function patchObject(
  _context: ResourceContext,
  _current: object,
  _expected: Expected,
  _options: WriteOptions,
): Promise<Patched> {
  throw new UnsupportedMediaType('patches are not there yet');
}
