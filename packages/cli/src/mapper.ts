/**
 * From the words a user types ('po', 'deploy', 'deployments.v1.apps', kind names) to resources, by aggregated discovery.
 * The answer is kept on disk per server, with its ETags; it is asked again when a word is not in it or after six hours.
 */
import * as fs from 'node:fs';
import * as path from 'node:path';
import { CommandError } from './io.ts';
import type { Rest } from './rest.ts';

export interface Mapping {
  group: string;
  version: string;
  resource: string;
  kind: string;
  singular: string;
  namespaced: boolean;
  verbs: string[];
  shortNames: string[];
  categories: string[];
  subresources: string[];
  /** The first version listed of its group. */
  preferred: boolean;
}

export interface ResourceMapper {
  /** Throws: the server doesn't have a resource type "x". */
  byName(word: string): Promise<Mapping>;
  byKind(apiVersion: string, kind: string): Promise<Mapping>;
  /** Resources of a category ('all'), else undefined. */
  byCategory(word: string): Promise<Mapping[] | undefined>;
  all(options?: { fresh?: boolean }): Promise<Mapping[]>;
  groups(): Promise<{ group: string; versions: string[] }[]>;
}

const DISCOVERY =
  'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList,application/json';
const SIX_HOURS = 6 * 3600 * 1000;

interface CacheFile {
  at: number;
  mappings: Mapping[];
}

export function createMapper({
  rest,
  server,
  cacheDir,
}: {
  rest: Rest;
  server: string;
  cacheDir: string | undefined;
}): ResourceMapper {
  const file =
    cacheDir && path.join(cacheDir, `${server.replace(/^https?:\/\//, '').replace(/[^a-zA-Z0-9.-]/g, '_')}.json`);
  let known: Mapping[] | undefined = file ? readCache(file) : undefined;
  let fresh = false;

  async function refresh(): Promise<Mapping[]> {
    const [core, groups] = await Promise.all([fetchList(rest, '/api'), fetchList(rest, '/apis')]);
    known = [...core, ...groups];
    fresh = true;
    if (file) writeCache(file, known);
    return known;
  }
  async function find<T>(look: (mappings: Mapping[]) => T | undefined): Promise<T | undefined> {
    const hit = known && look(known);
    if (hit !== undefined || fresh) return hit;
    return look(await refresh());
  }

  return {
    async byName(word) {
      const found = await find((mappings) => matchName(mappings, word));
      if (!found) throw new CommandError(`the server doesn't have a resource type "${word}"`);
      return found;
    },
    async byKind(apiVersion, kind) {
      const [group, version] = apiVersion.includes('/') ? apiVersion.split('/') : ['', apiVersion];
      const found = await find((mappings) =>
        mappings.find((m) => m.group === group && m.version === version && m.kind === kind),
      );
      if (!found) {
        const known =
          (await find((mappings) => mappings.find((m) => m.group === group && m.version === version))) !== undefined;
        throw new CommandError(
          `resource mapping not found: no matches for kind "${kind}" in version "${apiVersion}"${known ? '' : '\nensure CRDs are installed first'}`,
        );
      }
      return found;
    },
    byCategory: (word) =>
      find((mappings) => {
        const members = mappings.filter((m) => m.categories.includes(word) && m.preferred && m.verbs.includes('list'));
        return members.length > 0 ? members : undefined;
      }),
    all: async (options) => (options?.fresh || !known ? refresh() : known),
    async groups() {
      const out = new Map<string, string[]>();
      for (const m of await refresh()) {
        const versions = out.get(m.group) ?? [];
        if (!versions.includes(m.version)) versions.push(m.version);
        out.set(m.group, versions);
      }
      return [...out].map(([group, versions]) => ({ group, versions }));
    },
  };
}

function matchName(mappings: Mapping[], word: string): Mapping | undefined {
  const lower = word.toLowerCase();
  const [name = '', ...rest] = lower.split('.');
  const isName = (m: Mapping): boolean =>
    m.resource === name || m.singular === name || m.kind.toLowerCase() === name || m.shortNames.includes(name);
  if (rest.length === 0) {
    return (
      mappings.find((m) => m.resource === name && m.preferred) ??
      mappings.find((m) => isName(m) && m.preferred) ??
      mappings.find(isName)
    );
  }
  const dotted = rest.join('.');
  return (
    mappings.find((m) => isName(m) && m.preferred && m.group === dotted) ??
    mappings.find((m) => isName(m) && m.group === dotted) ??
    mappings.find((m) => isName(m) && m.version === rest[0] && m.group === rest.slice(1).join('.')) ??
    mappings.find((m) => isName(m) && m.preferred && m.group.startsWith(`${dotted}.`))
  );
}

interface DiscoveryResource {
  resource: string;
  responseKind?: { group?: string; version?: string; kind: string };
  scope: string;
  singularResource?: string;
  verbs?: string[];
  shortNames?: string[];
  categories?: string[];
  subresources?: { subresource: string }[];
}
interface DiscoveryList {
  kind?: string;
  items?: { metadata?: { name?: string }; versions?: { version: string; resources?: DiscoveryResource[] }[] }[];
}

async function fetchList(rest: Rest, at: string): Promise<Mapping[]> {
  const body = await rest.json<DiscoveryList>({ path: at, accept: DISCOVERY });
  if (body.kind !== 'APIGroupDiscoveryList')
    throw new CommandError(`the server at ${at} does not speak aggregated discovery`);
  return (body.items ?? []).flatMap((item) =>
    (item.versions ?? []).flatMap(({ version, resources }, index) =>
      (resources ?? [])
        .filter((r) => r.responseKind)
        .map((r) => ({
          group: item.metadata?.name ?? '',
          version,
          resource: r.resource,
          kind: r.responseKind?.kind ?? '',
          singular: r.singularResource ?? '',
          namespaced: r.scope === 'Namespaced',
          verbs: r.verbs ?? [],
          shortNames: r.shortNames ?? [],
          categories: r.categories ?? [],
          subresources: (r.subresources ?? []).map((s) => s.subresource),
          preferred: index === 0,
        })),
    ),
  );
}

function readCache(file: string): Mapping[] | undefined {
  try {
    const { at, mappings } = JSON.parse(fs.readFileSync(file, 'utf8')) as CacheFile;
    return Date.now() - at < SIX_HOURS ? mappings : undefined;
  } catch {
    return undefined;
  }
}

function writeCache(file: string, mappings: Mapping[]): void {
  try {
    fs.mkdirSync(path.dirname(file), { recursive: true, mode: 0o750 });
    const draft = `${file}.${process.pid}`;
    fs.writeFileSync(draft, JSON.stringify({ at: Date.now(), mappings } satisfies CacheFile), { mode: 0o600 });
    fs.renameSync(draft, file);
  } catch {
    // A cache that cannot be written only costs two requests next time.
  }
}

/** 'deployments.apps', 'pods' */
export const groupResourceOf = (m: Pick<Mapping, 'group' | 'resource'>): string =>
  m.group ? `${m.resource}.${m.group}` : m.resource;

/** 'deployment.apps/web', 'pod/web': as `-o name` and every result line has it. */
export const nameOf = (m: Pick<Mapping, 'group' | 'singular' | 'kind'>, name: string): string =>
  `${m.singular || m.kind.toLowerCase()}${m.group ? `.${m.group}` : ''}/${name}`;

export function pathOf(
  m: Pick<Mapping, 'group' | 'version' | 'resource' | 'namespaced'>,
  namespace?: string,
  name?: string,
  subresource?: string,
): string {
  const root = m.group ? `/apis/${m.group}/${m.version}` : `/api/${m.version}`;
  const scope = m.namespaced && namespace ? `/namespaces/${encodeURIComponent(namespace)}` : '';
  return `${root}${scope}/${m.resource}${name === undefined ? '' : `/${encodeURIComponent(name)}`}${subresource ? `/${subresource}` : ''}`;
}
