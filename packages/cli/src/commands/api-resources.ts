/** kubectl api-resources. */
import { bool, defineCommand, list, text } from '../command.ts';
import { CommandError } from '../io.ts';
import { groupResourceOf, type Mapping } from '../mapper.ts';
import { createTextTable } from '../printers/text-table.ts';

export const command = defineCommand({
  name: 'api-resources',
  summary: 'Print the supported API resources on the server.',
  flags: {
    'api-group': text('Limit to resources in the specified API group.'),
    namespaced: text('If false, non-namespaced resources will be returned, otherwise returning namespaced resources.', {
      optionalValue: 'true',
    }),
    verbs: list('Limit to resources that support the specified verbs.'),
    categories: list('Limit to resources that belong to the specified categories.'),
    output: text('Output format. One of: (wide, name).', { short: 'o' }),
    'sort-by': text('If non-empty, sort list of resources using specified field. One of (name, kind).'),
    'no-headers': bool(
      "When using the default or custom-column output format, don't print headers (default print headers).",
    ),
    cached: bool('Use the cached list of resources if available.'),
  },
  async run({ flags, io, session }) {
    if (flags.output !== undefined && flags.output !== 'wide' && flags.output !== 'name')
      throw new CommandError(`--output ${flags.output} is not available`);
    const mapper = await session.mapper();
    const verbs = flags.verbs.flatMap((v) => v.split(','));
    const categories = flags.categories.flatMap((c) => c.split(','));
    const wanted = (await mapper.all({ fresh: !flags.cached })).filter(
      (m) =>
        m.preferred &&
        m.verbs.length > 0 &&
        (flags['api-group'] === undefined || m.group === flags['api-group']) &&
        (flags.namespaced === undefined || m.namespaced === (flags.namespaced === 'true')) &&
        verbs.every((v) => m.verbs.includes(v)) &&
        categories.every((c) => m.categories.includes(c)),
    );
    const key = (m: Mapping): string =>
      flags['sort-by'] === 'kind' ? m.kind : flags['sort-by'] === 'name' ? m.resource : `${m.group}\0${m.resource}`;
    const sorted = wanted.toSorted((a, b) => (key(a) < key(b) ? -1 : 1));
    if (flags.output === 'name') io.out(sorted.map((m) => `${groupResourceOf(m)}\n`).join(''));
    else io.out(rowsOf(sorted, flags.output === 'wide', flags['no-headers']));
  },
});

function rowsOf(mappings: Mapping[], wide: boolean, noHeaders: boolean): string {
  const rows = mappings.map((m) => [
    m.resource,
    m.shortNames.join(','),
    m.group ? `${m.group}/${m.version}` : m.version,
    String(m.namespaced),
    m.kind,
    ...(wide ? [m.verbs.join(','), m.categories.join(',')] : []),
  ]);
  const headers = ['NAME', 'SHORTNAMES', 'APIVERSION', 'NAMESPACED', 'KIND', ...(wide ? ['VERBS', 'CATEGORIES'] : [])];
  return createTextTable().print(noHeaders ? rows : [headers, ...rows]);
}
