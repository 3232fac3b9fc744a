/** kubectl options: the flags that every command takes. */
import { defineCommand, type Flag } from '../command.ts';
import { globalFlags } from '../global-flags.ts';

export const command = defineCommand({
  name: 'options',
  summary: 'Print the list of flags inherited by all commands.',
  flags: {},
  async run({ io }) {
    const lines = Object.entries<Flag>(globalFlags)
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(
        ([name, flag]) => `    ${flag.short ? `-${flag.short}, ` : ''}--${name}=${defaultOf(flag)}:\n\t${flag.help}\n`,
      );
    io.out(`The following options can be passed to any command:\n\n${lines.join('\n')}`);
  },
});

function defaultOf(flag: Flag): string {
  if (flag.type === 'list') return '[]';
  return flag.type === 'string' ? `'${flag.default ?? ''}'` : String(flag.default ?? 0);
}
