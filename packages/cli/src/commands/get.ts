/** kubectl get: tables by the server, objects by -o, watches that print as they go. */
import type { KubernetesObject } from '@mkube/apimachinery';
import { BadRequest, StatusError } from '@mkube/apimachinery';
import { bool, defineCommand, type FlagValues, intOr, list, text, textOr } from '../command.ts';
import { formatError } from '../errors.ts';
import { fileFlags, readManifests } from '../files.ts';
import { CommandError, type Io } from '../io.ts';
import { groupResourceOf, type Mapping, nameOf, pathOf, type ResourceMapper } from '../mapper.ts';
import { createObjectPrinter, type ObjectPrinter, outputFlags } from '../printers/output.ts';
import { listOf } from '../printers/structured.ts';
import { createTablePrinter, type TablePrinter, type WireTable } from '../printers/table.ts';
import { createTextTable } from '../printers/text-table.ts';
import { parseTargets, type Target, type Targets } from '../resource-args.ts';
import { type Rest, TABLE } from '../rest.ts';
import type { Session } from '../session.ts';
import { watchFrames } from '../watch.ts';

const flags = {
  ...outputFlags,
  ...fileFlags,
  'all-namespaces': bool('If present, list the requested object(s) across all namespaces.', { short: 'A' }),
  selector: text("Selector (label query) to filter on, supports '=', '==', '!=', 'in', 'notin'.", { short: 'l' }),
  'field-selector': text("Selector (field query) to filter on, supports '=', '==', and '!='."),
  watch: bool('After listing/getting the requested object, watch for changes.', { short: 'w' }),
  'watch-only': bool('Watch for changes to the requested object(s), without listing/getting first.'),
  'output-watch-events': bool('Output watch event objects when --watch or --watch-only is used.'),
  'show-kind': bool('If present, list the resource type for the requested object(s).'),
  'show-labels': bool('When printing, show all labels as the last column (default hide labels column)'),
  'label-columns': list('Accepts a comma separated list of labels that are going to be presented as columns.', {
    short: 'L',
  }),
  'sort-by': text(
    "If non-empty, sort list types using this field specification, a JSONPath expression (e.g. '{.metadata.name}').",
  ),
  'ignore-not-found': bool('If set to true, suppresses NotFound error for specific objects that do not exist.'),
  'chunk-size': intOr(500, 'Return large lists in chunks rather than all at once. Pass 0 to disable.'),
  subresource: text('If specified, gets the subresource of the requested object.'),
  'server-print': bool('If true, have the server return the appropriate table output.', { default: true }),
  raw: textOr('', 'Raw URI to request from the server.'),
} as const;

type GetFlags = FlagValues<typeof flags>;

interface Get {
  flags: GetFlags;
  io: Io;
  session: Session;
  rest: Rest;
  mapper: ResourceMapper;
  namespace: string | undefined;
  targets: Targets;
  failed: boolean;
}

export const command = defineCommand({
  name: 'get',
  usage:
    '[(-o|--output=)json|yaml|name|jsonpath|custom-columns|wide] (TYPE[.VERSION][.GROUP] [NAME | -l label] | TYPE[.VERSION][.GROUP]/NAME ...) [flags]',
  summary: 'Display one or many resources.',
  examples:
    '  mkube get pods\n  mkube get pods -o wide\n  mkube get -o json pod web-pod-13je7\n  mkube get rc/web service/frontend pods/web-pod-13je7',
  flags,
  async run({ args, flags: given, io, session }) {
    const rest = await session.rest();
    if (given.raw) return printRaw(rest, given.raw, io);
    const mapper = await session.mapper();
    const targets =
      given.filename.length > 0 || given.kustomize
        ? await targetsOfFiles(given, mapper, io)
        : await parseTargets(args, mapper, 'get');
    const namespace = given['all-namespaces'] ? undefined : await session.namespace();
    if (given['all-namespaces'] && targets.targets.some((t) => t.name !== undefined))
      throw new CommandError('a resource cannot be retrieved by name across all namespaces');
    const get: Get = { flags: given, io, session, rest, mapper, namespace, targets, failed: false };
    const printer = await createObjectPrinter(given, nameOfObject(mapper));
    if (given.watch || given['watch-only']) await watch(get, printer);
    else if (printer) await printObjects(get, printer);
    else await printTables(get);
    return get.failed ? 1 : 0;
  },
});

async function printRaw(rest: Rest, path: string, io: Io): Promise<number> {
  if (!path.startsWith('/')) throw new CommandError(`--raw must be a path that starts with '/', not "${path}"`);
  const { body } = await rest.stream({ path, accept: 'application/json, */*', signal: io.signal });
  for await (const chunk of body) await io.outBytes(Buffer.from(chunk as Buffer));
  return 0;
}

async function targetsOfFiles(given: GetFlags, mapper: ResourceMapper, io: Io): Promise<Targets> {
  const targets: Target[] = [];
  for await (const { object } of readManifests(given, io))
    targets.push({ mapping: await mapper.byKind(object.apiVersion, object.kind), name: object.metadata.name });
  return { targets, single: targets.length === 1, manyKinds: new Set(targets.map((t) => t.mapping.resource)).size > 1 };
}

export const nameOfObject =
  (mapper: ResourceMapper) =>
  async (object: KubernetesObject): Promise<string> =>
    nameOf(await mapper.byKind(object.apiVersion, object.kind), object.metadata.name);

const queryOf = (get: Get): Record<string, string | undefined> => ({
  labelSelector: get.flags.selector,
  fieldSelector: get.flags['field-selector'],
});

const pathOfTarget = (get: Get, { mapping, name }: Target): string =>
  pathOf(mapping, get.namespace, name, name === undefined ? undefined : get.flags.subresource);

/** Says what failed and goes on with the rest, as kubectl does with several names. */
function report(get: Get, { mapping, name }: Target, error: unknown): void {
  if (!(error instanceof StatusError)) throw error;
  if (error.reason === 'BadRequest' && name === undefined) throw badSelector(get, mapping, error);
  if (get.flags['ignore-not-found'] && error.reason === 'NotFound') return;
  get.failed = true;
  get.io.err(formatError(error, { path: 'mkube get', server: undefined }));
}

function badSelector({ flags }: Get, { group, version, resource }: Mapping, error: StatusError): BadRequest {
  const what = `${group}/${version}, Resource=${resource}`;
  const selectors = `label selector "${flags.selector ?? ''}", field selector "${flags['field-selector'] ?? ''}"`;
  return new BadRequest(`Unable to find "${what}" that match ${selectors}: ${error.message}`, { cause: error });
}

async function printObjects(get: Get, printer: ObjectPrinter): Promise<void> {
  const items: KubernetesObject[] = [];
  let list: unknown;
  for (const target of get.targets.targets) {
    try {
      if (target.name !== undefined)
        items.push(await get.rest.json<KubernetesObject>({ path: pathOfTarget(get, target) }));
      else {
        const whole = await listObjects(get, target);
        list = whole;
        items.push(...whole);
      }
    } catch (error) {
      report(get, target, error);
    }
  }
  const sorted = get.flags['sort-by'] ? await sortObjects(items, get.flags['sort-by']) : items;
  const [only] = sorted;
  const one = get.targets.single && list === undefined;
  if (one && only === undefined) return;
  get.io.out(await printer(one ? only : listOf(sorted)));
}

async function listObjects(get: Get, target: Target): Promise<KubernetesObject[]> {
  const items: KubernetesObject[] = [];
  let token: string | undefined;
  do {
    const page = await get.rest.json<{
      kind: string;
      apiVersion: string;
      items: KubernetesObject[];
      metadata: { continue?: string };
    }>({
      path: pathOfTarget(get, target),
      query: { ...queryOf(get), limit: get.flags['chunk-size'] || undefined, continue: token },
    });
    for (const item of page.items)
      items.push({ ...item, apiVersion: item.apiVersion ?? page.apiVersion, kind: item.kind ?? target.mapping.kind });
    token = page.metadata.continue;
  } while (token);
  return items;
}

async function printTables(get: Get): Promise<void> {
  const groups = groupByKind(get.targets.targets);
  const prefix = get.targets.manyKinds || get.flags['show-kind'];
  let printed = 0;
  for (const [mapping, targets] of groups) {
    const table = await tableOf(get, targets);
    if (!table || (table.rows ?? []).length === 0) continue;
    if (printed++ > 0) get.io.out('\n');
    get.io.out(tablePrinter(get, mapping, prefix).print(table));
  }
  if (printed === 0 && !get.failed && !get.flags['ignore-not-found']) get.io.err(noResources(get));
}

function noResources(get: Get): string {
  const [first] = get.targets.targets;
  const where = get.namespace !== undefined && first?.mapping.namespaced ? ` in ${get.namespace} namespace.` : '';
  return `No resources found${where}\n`;
}

function groupByKind(targets: readonly Target[]): Map<Mapping, Target[]> {
  const groups = new Map<Mapping, Target[]>();
  for (const target of targets) {
    const known =
      [...groups.keys()].find((m) => groupResourceOf(m) === groupResourceOf(target.mapping)) ?? target.mapping;
    groups.set(known, [...(groups.get(known) ?? []), target]);
  }
  return groups;
}

function tablePrinter(get: Get, mapping: Mapping, prefix: boolean): TablePrinter {
  return createTablePrinter(
    {
      wide: get.flags.output === 'wide',
      noHeaders: get.flags['no-headers'],
      withNamespace: get.namespace === undefined && mapping.namespaced,
      showLabels: get.flags['show-labels'],
      labelColumns: get.flags['label-columns'].flatMap((l) => l.split(',')),
      eventType: get.flags['output-watch-events'],
      ...(prefix && { kindPrefix: nameOf(mapping, '').slice(0, -1) }),
    },
    createTextTable(),
  );
}

/** All rows of one kind: pages and single objects alike. */
async function tableOf(get: Get, targets: readonly Target[]): Promise<WireTable | undefined> {
  let whole: WireTable | undefined;
  const include = get.flags['sort-by'] ? 'Object' : undefined;
  for (const target of targets) {
    try {
      let token: string | undefined;
      do {
        const query =
          target.name === undefined
            ? {
                ...queryOf(get),
                limit: get.flags['sort-by'] ? undefined : get.flags['chunk-size'] || undefined,
                continue: token,
              }
            : {};
        const page = await get.rest.json<WireTable>({
          path: pathOfTarget(get, target),
          accept: TABLE,
          query: { ...query, includeObject: include },
        });
        whole = whole
          ? { ...whole, rows: [...(whole.rows ?? []), ...(page.rows ?? [])], metadata: page.metadata }
          : page;
        token = page.metadata?.continue;
      } while (token);
    } catch (error) {
      report(get, target, error);
    }
  }
  if (whole && get.flags['sort-by']) {
    const { sorterOf } = await import('../printers/sort.ts');
    const compare = sorterOf(
      get.flags['sort-by'],
      (whole.rows ?? []).map((r) => r.object),
    );
    return { ...whole, rows: (whole.rows ?? []).toSorted((a, b) => compare(a.object, b.object)) };
  }
  return whole;
}

async function sortObjects<T>(items: readonly T[], expression: string): Promise<T[]> {
  const { sorterOf } = await import('../printers/sort.ts');
  return items.toSorted(sorterOf(expression, items));
}

async function watch(get: Get, printer: ObjectPrinter | undefined): Promise<void> {
  const [target, ...more] = get.targets.targets;
  if (!target || more.length > 0) throw new CommandError('you may only specify a single resource type');
  const table = printer ? undefined : tablePrinter(get, target.mapping, get.flags['show-kind']);
  const print = async (object: unknown, type: string): Promise<void> => {
    if (table) get.io.out(table.print(object as WireTable, type));
    else if (printer) get.io.out(await printer(get.flags['output-watch-events'] ? { type, object } : object));
  };
  const accept = table ? TABLE : 'application/json';
  const single = target.name !== undefined;
  const first = await get.rest.json<WireTable & { items?: unknown[]; metadata: { resourceVersion: string } }>({
    path: pathOfTarget(get, target),
    accept,
    query: single ? {} : { ...queryOf(get), limit: get.flags['chunk-size'] || undefined },
  });
  if (!get.flags['watch-only']) {
    if (table) {
      if ((first.rows ?? []).length > 0) await print(first, 'ADDED');
    } else for (const object of single ? [first] : (first.items ?? [])) await print(object, 'ADDED');
  }
  await follow(get, target, { from: single ? '0' : first.metadata.resourceVersion, single, accept, print });
}

interface Following {
  from: string;
  single: boolean;
  accept: string;
  print(object: unknown, type: string): Promise<void>;
}

/** Watches of single objects begin with the object itself, which was printed already. */
async function follow(get: Get, target: Target, { from, single, accept, print }: Following): Promise<void> {
  const query = {
    ...(single ? { fieldSelector: `metadata.name=${target.name}` } : queryOf(get)),
    resourceVersion: from,
    watch: true,
  };
  let skip = single;
  const path = pathOf(target.mapping, get.namespace);
  const signal = get.rest.limited(get.io.signal);
  for await (const event of watchFrames(await get.rest.stream({ path, accept, query, signal }), signal)) {
    if (skip && event.type === 'ADDED') {
      skip = false;
      continue;
    }
    skip = false;
    if (event.type !== 'BOOKMARK') await print(event.object, event.type);
  }
}
