/** resourceVersion and resourceVersionMatch of a request, and waiting for the caches to get there. */
import {
  BadRequest,
  type FieldError,
  type ResourceDefinition,
  Timeout,
  forbidden,
  invalid,
  invalidObject,
  notSupported,
} from '@mkube/apimachinery';
import type { Later } from '../request/later.ts';
import type { Caches } from '../storage/caches.ts';

export type Match = 'NotOlderThan' | 'Exact';

export interface RevisionWish {
  /** undefined: the newest. 0: whatever is there. */
  revision: number | undefined;
  match: Match | undefined;
}

const DECIMAL = /^(0|[1-9][0-9]{0,15})$/;

/** Of a get or a watch. */
export function parseMinimumRevision(text: string | null, of: ResourceDefinition): number | undefined {
  if (!text) return undefined;
  if (!DECIMAL.test(text))
    throw invalidObject({ group: of.group, kind: of.resource }, '', [
      invalid('resourceVersion', text, badNumber(text)),
    ]);
  return Number(text);
}

/** Of a list, whose options are judged before its numbers are read. */
function parseListedRevision(text: string | null): number | undefined {
  if (!text) return undefined;
  if (DECIMAL.test(text)) return Number(text);
  const shown = JSON.stringify(text);
  throw new BadRequest(`invalid resource version: resourceVersion: Invalid value: ${shown}: ${badNumber(text)}`);
}

const badNumber = (text: string): string => `strconv.ParseUint: parsing ${JSON.stringify(text)}: invalid syntax`;

/** Throws Invalid for parameters that do not go together; the table of them is Kubernetes' own. */
export function checkListOptions(query: URLSearchParams): void {
  parseTimeoutSeconds(query);
  const match = query.get('resourceVersionMatch');
  const errors: FieldError[] = match ? checkMatch(match, query) : [];
  if (query.get('sendInitialEvents') !== null)
    errors.push(forbidden('sendInitialEvents', 'sendInitialEvents is forbidden for list'));
  if (errors.length > 0) throw invalidOptions(errors);
}

function checkMatch(match: string, query: URLSearchParams): FieldError[] {
  const errors: FieldError[] = [];
  if (!query.get('resourceVersion'))
    errors.push(
      forbidden('resourceVersionMatch', 'resourceVersionMatch is forbidden unless resourceVersion is provided'),
    );
  if (query.get('continue'))
    errors.push(forbidden('resourceVersionMatch', 'resourceVersionMatch is forbidden when continue is provided'));
  if (match !== 'Exact' && match !== 'NotOlderThan')
    errors.push(notSupported('resourceVersionMatch', match, ['Exact', 'NotOlderThan', '']));
  if (match === 'Exact' && query.get('resourceVersion') === '0')
    errors.push(forbidden('resourceVersionMatch', 'resourceVersionMatch "exact" is forbidden for resourceVersion "0"'));
  return errors;
}

/** The same of a watch. */
export function checkWatchOptions(query: URLSearchParams): void {
  const initial = query.get('sendInitialEvents');
  const match = query.get('resourceVersionMatch');
  const errors: FieldError[] = [];
  const add = (detail: string) => errors.push(forbidden('resourceVersionMatch', detail));
  if (initial !== null && match !== 'NotOlderThan')
    add('sendInitialEvents requires setting resourceVersionMatch to NotOlderThan');
  if (match && initial === null)
    add('resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided');
  if (match && match !== 'NotOlderThan') errors.push(notSupported('resourceVersionMatch', match, ['NotOlderThan']));
  if (query.get('continue') && (match || fromState(query)))
    add('resourceVersionMatch is forbidden when continue is provided');
  if (errors.length > 0) throw invalidOptions(errors);
}

/** A watch of the current state is taken for one that asked for it. */
function fromState(query: URLSearchParams): boolean {
  const revision = query.get('resourceVersion');
  return query.get('sendInitialEvents') === null && (!revision || revision === '0');
}

/** Of lists and watches; who lists says it for nothing. @throws BadRequest */
export function parseTimeoutSeconds(query: URLSearchParams): number | undefined {
  const text = query.get('timeoutSeconds');
  if (!text) return undefined;
  if (/^[+-]?[0-9]{1,18}$/.test(text)) return Number(text);
  throw new BadRequest(`strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax`);
}

/** What a list without a continue token wants to see. */
export function parseListRevision(query: URLSearchParams): RevisionWish {
  const match = query.get('resourceVersionMatch');
  return {
    revision: parseListedRevision(query.get('resourceVersion')),
    match: match ? (match as Match) : undefined,
  };
}

/** Waits a little for a revision that may be on its way; 504 when it does not come. */
export const waitForRevision = (caches: Caches, revision: number): Later<void> =>
  revision <= caches.revision ? undefined : reach(caches, revision);

async function reach(caches: Caches, revision: number): Promise<void> {
  const current = await caches.fresh();
  if (revision <= current) return;
  throw new Timeout(`Timeout: Too large resource version: ${revision}, current: ${current}`, {
    details: {
      causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }],
      retryAfterSeconds: 1,
    },
  });
}

const invalidOptions = (errors: readonly FieldError[]) =>
  invalidObject({ group: 'meta.k8s.io', kind: 'ListOptions' }, '', errors);
