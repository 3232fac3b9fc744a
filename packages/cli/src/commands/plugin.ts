/** kubectl plugin list. */
import * as path from 'node:path';
import { bool, type CommandGroup, defineCommand, subcommandsOf } from '../command.ts';
import { CommandError } from '../io.ts';
import { listPlugins } from '../plugins.ts';

const list = defineCommand({
  name: 'list',
  summary: "List all visible plugin executables on a user's PATH.",
  flags: { 'name-only': bool('If true, display only the binary name of each plugin, rather than its full path') },
  async run({ flags, io }) {
    const found = listPlugins(io.env['PATH']);
    if (found.length === 0) throw new CommandError('unable to find any mkube plugins in your PATH');
    io.out(`The following compatible plugins are available:\n\n`);
    for (const file of found) io.out(`${flags['name-only'] ? path.basename(file) : file}\n`);
  },
});

export const command: CommandGroup = {
  name: 'plugin',
  summary: 'Provides utilities for interacting with plugins: programs on PATH called mkube-NAME or kubectl-NAME.',
  subcommands: subcommandsOf([list]),
};
