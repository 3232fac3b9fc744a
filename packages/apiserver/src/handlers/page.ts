/** Which entries a list shows: resourceVersion rules, selectors, limit and continue. */
import { BadRequest, Expired } from '@mkube/apimachinery';
import { CompactedError, FutureRevisionError } from '@mkube/store';
import type { KeyValue } from '@mkube/store';
import type { ResourceContext } from '../context.ts';
import { type Selection, parseSelection } from '../request/selection.ts';
import { selectedEntries } from '../storage/selected-entries.ts';
import { Entry } from '../storage/entry.ts';
import { type ContinueToken, EXPIRED, formatContinue, parseContinue } from './continue-token.ts';
import { checkListOptions, parseListRevision, waitForRevision } from './resource-version.ts';

export interface Page {
  entries: Entry[];
  revision: number;
  continue: string;
  remaining: number | undefined;
}

export async function selectPage(context: ResourceContext): Promise<Page> {
  const { request, definition, info, storage } = context;
  const { query } = request;
  const limit = parseLimit(query.get('limit'));
  checkListOptions(query);
  const selection = parseSelection(query, definition, info.name);
  const token = parseContinue(query.get('continue'));
  if (token) {
    const revision = query.get('resourceVersion') ?? '';
    if (revision !== '' && revision !== '0')
      throw new BadRequest('specifying resource version is not allowed when using continue');
    return pageAt(context, {
      selection,
      limit,
      revision: token.rv === -1 ? undefined : token.rv,
      from: token.start,
      token,
    });
  }
  const wish = parseListRevision(query);
  const exact =
    wish.match === 'Exact' ||
    (wish.match === undefined && limit > 0 && wish.revision !== undefined && wish.revision > 0);
  if (wish.revision === undefined) await storage.caches.fresh();
  else await waitForRevision(storage.caches, wish.revision);
  return pageAt(context, {
    selection,
    limit: wish.revision === 0 && !exact ? 0 : limit,
    revision: exact ? wish.revision : undefined,
    from: '',
  });
}

interface PageRequest {
  selection: Selection;
  limit: number;
  /** undefined: as it is now. */
  revision: number | undefined;
  from: string;
  token?: ContinueToken;
}

async function pageAt(context: ResourceContext, page: PageRequest): Promise<Page> {
  const { storage } = context;
  // what is too old is so even where nothing has changed since: clients learn to start over
  const oldest = Math.max(storage.cache.lastChange, storage.caches.store.compacted());
  if (page.revision === undefined || page.revision >= oldest) {
    const revision = page.revision ?? (page.token ? await storage.caches.fresh() : storage.caches.revision);
    return cut(context, candidates(context, page), page, revision);
  }
  return cut(context, await pastEntries(context, page, page.revision), page, page.revision);
}

/** The entries that may be selected: found by what they all have in common, or else all there are. */
function candidates({ storage, info, definition }: ResourceContext, { selection, from }: PageRequest): Iterable<Entry> {
  const { cache } = storage;
  const { namespace } = info;
  return selectedEntries(cache, definition, selection, namespace, from) ?? cache.list(namespace, from);
}

async function pastEntries(context: ResourceContext, page: PageRequest, revision: number): Promise<Iterable<Entry>> {
  const { storage, info } = context;
  const { cache, caches } = storage;
  const prefix = info.namespace ? `${cache.prefix}${info.namespace}/` : cache.prefix;
  try {
    const { items } = await caches.store.list({
      prefix,
      revision,
      ...(page.from && { from: `${cache.prefix}${page.from}` }),
      // one more than is shown: where the next page starts
      ...(page.limit > 0 && page.selection.empty && { limit: page.limit + 1 }),
    });
    return items.map((item) => pastEntry(item, cache.prefix));
  } catch (error) {
    if (error instanceof CompactedError) throw expired(context, page);
    if (error instanceof FutureRevisionError) await waitForRevision(caches, revision);
    throw error;
  }
}

function pastEntry(item: KeyValue, prefix: string): Entry {
  const rest = item.key.slice(prefix.length);
  const slash = rest.indexOf('/');
  return new Entry({
    key: item.key,
    namespace: slash < 0 ? '' : rest.slice(0, slash),
    name: rest.slice(slash + 1),
    stored: item.value,
    revision: item.modRevision,
    createRevision: item.createRevision,
  });
}

function cut({ storage, info }: ResourceContext, all: Iterable<Entry>, page: PageRequest, revision: number): Page {
  const { selection, limit } = page;
  const entries: Entry[] = [];
  let next: Entry | undefined;
  for (const entry of all) {
    if (!selection.empty && !selection.matches(entry)) continue;
    if (limit > 0 && entries.length === limit) {
      next = entry;
      break;
    }
    entries.push(entry);
  }
  if (!next) return { entries, revision, continue: '', remaining: undefined };
  const start = next.key.slice(storage.cache.prefix.length);
  const remaining = selection.empty ? storage.cache.countFrom(info.namespace, start) : undefined;
  return { entries, revision, continue: formatContinue({ rv: revision, start }), remaining };
}

function expired(_context: ResourceContext, page: PageRequest): Expired {
  if (!page.token) return new Expired('The resourceVersion for the provided list is too old.');
  return new ExpiredContinue(formatContinue({ rv: -1, start: page.from }));
}

/** 410 that offers a token to go on with, inconsistently. */
export class ExpiredContinue extends Expired {
  readonly continue: string;
  constructor(token: string) {
    super(EXPIRED);
    this.continue = token;
  }
}

function parseLimit(text: string | null): number {
  if (!text) return 0;
  if (!/^-?[0-9]{1,18}$/.test(text))
    throw new BadRequest(`strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax`);
  return Math.max(0, Number(text));
}
