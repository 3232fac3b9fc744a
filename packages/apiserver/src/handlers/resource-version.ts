/** resourceVersion and resourceVersionMatch of a request, and waiting for the caches to get there. */
import { type FieldError, Timeout, forbidden, invalid, invalidObject, notSupported } from '@mkube/apimachinery';
import type { Later } from '../request/later.ts';
import type { Caches } from '../storage/caches.ts';

export type Match = 'NotOlderThan' | 'Exact';

export interface RevisionWish {
  /** undefined: the newest. 0: whatever is there. */
  revision: number | undefined;
  match: Match | undefined;
}

const DECIMAL = /^(0|[1-9][0-9]{0,15})$/;

export function parseMinimumRevision(text: string | null): number | undefined {
  if (!text) return undefined;
  if (!DECIMAL.test(text)) throw invalidOptions([invalid('resourceVersion', text, 'must be a decimal number')]);
  return Number(text);
}

/** Of a list; the table of combinations is Kubernetes' own. */
export function parseListRevision(query: URLSearchParams): RevisionWish {
  const revision = parseMinimumRevision(query.get('resourceVersion'));
  const match = query.get('resourceVersionMatch') ?? '';
  const errors: FieldError[] = [];
  if (match) {
    if (revision === undefined)
      errors.push(
        forbidden('resourceVersionMatch', 'resourceVersionMatch is forbidden unless resourceVersion is provided'),
      );
    if (query.get('continue'))
      errors.push(forbidden('resourceVersionMatch', 'resourceVersionMatch is forbidden when continue is provided'));
    if (match !== 'Exact' && match !== 'NotOlderThan')
      errors.push(notSupported('resourceVersionMatch', match, ['Exact', 'NotOlderThan', '']));
    if (match === 'Exact' && revision === 0)
      errors.push(
        forbidden('resourceVersionMatch', 'resourceVersionMatch "exact" is forbidden for resourceVersion "0"'),
      );
  }
  if (query.get('sendInitialEvents') !== null)
    errors.push(forbidden('sendInitialEvents', 'sendInitialEvents is forbidden for list'));
  if (errors.length > 0) throw invalidOptions(errors);
  return { revision, match: match === '' ? undefined : (match as Match) };
}

/** Waits a little for a revision that may be on its way; 504 when it does not come. */
export const waitForRevision = (caches: Caches, revision: number): Later<void> =>
  revision <= caches.revision ? undefined : reach(caches, revision);

async function reach(caches: Caches, revision: number): Promise<void> {
  const current = await caches.fresh();
  if (revision <= current) return;
  throw new Timeout(`Too large resource version: ${revision}, current: ${current}`, {
    details: {
      causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }],
      retryAfterSeconds: 1,
    },
  });
}

export const invalidOptions = (errors: readonly FieldError[]) =>
  invalidObject({ group: 'meta.k8s.io', kind: 'ListOptions' }, '', errors);
