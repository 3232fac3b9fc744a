/** How a patch that cannot be applied is answered: 422 and no more, as Kubernetes answers it; why stays with the error. */
import { Invalid } from '../errors.ts';

export const unprocessable = (why: string): Invalid =>
  new Invalid('the server rejected our request due to an error in our request', {
    details: {},
    cause: new Error(why),
  });

/** A JSON value's kind in the words of Go's decoder. */
export function goKindOf(value: unknown): string {
  if (Array.isArray(value)) return 'array';
  return typeof value === 'bigint' ? 'number' : typeof value === 'boolean' ? 'bool' : typeof value;
}
