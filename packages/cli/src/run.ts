/** One command line, carried out: parse, run, say what went wrong. Returns the exit code. */
import type { CommandGroup } from './command.ts';
import { formatError } from './errors.ts';
import { CommandError, type Io, UsageError } from './io.ts';
import { type HelpAsked, parseArgv, type Parsed } from './parse.ts';
import { createSession, type GlobalFlagValues, type Session } from './session.ts';

export async function run(argv: readonly string[], io: Io, root: CommandGroup): Promise<number> {
  let parsed: Parsed | HelpAsked;
  try {
    parsed = await parseArgv(argv, root);
  } catch (error) {
    const plugin = await pluginFor(argv, io, root);
    if (plugin !== undefined) return plugin;
    io.err(
      formatError(error, { path: error instanceof UsageError ? pathOf(argv, root) : root.name, server: undefined }),
    );
    return 1;
  }
  if ('help' in parsed) {
    io.out(parsed.help);
    return 0;
  }
  const session = createSession(globalsOf(parsed), io);
  try {
    const { command, args, dashArgs, flags, path } = parsed;
    return (
      (await command.run({ args, dashArgs, flags, io, session, path, root } as Parameters<typeof command.run>[0])) ?? 0
    );
  } catch (error) {
    if (io.signal.aborted) return 130;
    const text = formatError(error, { path: parsed.path, server: await serverOf(session) });
    if (text !== 'error: \n') io.err(text);
    return error instanceof CommandError ? error.exitCode : 1;
  } finally {
    await session.close();
  }
}

/** A first word that is no command of ours may be a program on PATH: its exit code. */
async function pluginFor(argv: readonly string[], io: Io, root: CommandGroup): Promise<number | undefined> {
  const [first] = argv;
  if (first === undefined || first.startsWith('-') || root.subcommands.some((s) => s.name === first)) return undefined;
  const { findPlugin } = await import('./plugins.ts');
  const found = findPlugin(argv, io.env['PATH']);
  return found && (await import('./run-program.ts')).runProgram(found.file, found.args, io.env);
}

/** A command's own flag of a global one's name means the command's: `create rolebinding --user`. */
const globalsOf = ({ command, flags }: Parsed): GlobalFlagValues =>
  Object.fromEntries(Object.entries(flags).filter(([name]) => !Object.hasOwn(command.flags, name)));

/** 'mkube get' of `mkube get --bogus`, for the line that says where help is. */
function pathOf(argv: readonly string[], root: CommandGroup): string {
  const entry = root.subcommands.find((e) => argv.includes(e.name));
  return entry ? `${root.name} ${entry.name}` : root.name;
}

async function serverOf(session: Session): Promise<string | undefined> {
  try {
    return await session.server();
  } catch {
    return undefined;
  }
}
