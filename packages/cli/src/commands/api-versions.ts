/** kubectl api-versions. */
import { defineCommand } from '../command.ts';

export const command = defineCommand({
  name: 'api-versions',
  summary: 'Print the supported API versions on the server, in the form of "group/version".',
  flags: {},
  async run({ io, session }) {
    const groups = await (await session.mapper()).groups();
    const lines = groups.flatMap(({ group, versions }) => versions.map((v) => (group ? `${group}/${v}` : v)));
    io.out(
      lines
        .toSorted((a, b) => (a < b ? -1 : 1))
        .map((l) => `${l}\n`)
        .join(''),
    );
  },
});
