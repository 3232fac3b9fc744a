/**
 * How a command is declared: name, flags, run. The flags table gives commander its options and `run` its types.
 * `run` returns the exit code (nothing is 0) and throws CommandError or StatusError for everything that went wrong.
 */
import type { Io } from './io.ts';
import type { Session } from './session.ts';

interface FlagBase {
  short?: string;
  help: string;
  hidden?: boolean;
}
export type Flag =
  | (FlagBase & { type: 'bool'; default: boolean })
  | (FlagBase & { type: 'string'; default: string | undefined; value: string; optionalValue?: string })
  | (FlagBase & { type: 'int'; default: number | undefined })
  | (FlagBase & { type: 'list'; value: string });

export type Flags = Record<string, Flag>;

export type FlagValue<F extends Flag> = F extends { type: 'bool' }
  ? boolean
  : F extends { type: 'int'; default: number }
    ? number
    : F extends { type: 'int' }
      ? number | undefined
      : F extends { type: 'list' }
        ? string[]
        : F extends { default: string }
          ? string
          : string | undefined;

export type FlagValues<T extends Flags> = { [K in keyof T]: FlagValue<T[K]> };

export const bool = (help: string, options: { short?: string; default?: boolean; hidden?: boolean } = {}) =>
  ({ type: 'bool', default: false, help, ...options }) as const;
export const text = (
  help: string,
  options: { short?: string; value?: string; optionalValue?: string; hidden?: boolean } = {},
) => ({ type: 'string', default: undefined, value: 'string', help, ...options }) as const;
export const textOr = (
  fallback: string,
  help: string,
  options: { short?: string; value?: string; optionalValue?: string } = {},
) => ({ type: 'string', default: fallback as string, value: 'string', help, ...options }) as const;
export const int = (help: string, options: { short?: string } = {}) =>
  ({ type: 'int', default: undefined, help, ...options }) as const;
export const intOr = (fallback: number, help: string, options: { short?: string } = {}) =>
  ({ type: 'int', default: fallback as number, help, ...options }) as const;
export const list = (help: string, options: { short?: string; value?: string } = {}) =>
  ({ type: 'list', value: 'strings', help, ...options }) as const;

export interface Invocation<T extends Flags> {
  /** Operands before `--`. */
  args: string[];
  /** What stood after `--`; undefined when there was no `--`. */
  dashArgs: string[] | undefined;
  flags: FlagValues<T>;
  io: Io;
  session: Session;
  /** 'mkube get', for messages. */
  path: string;
  /** Every command there is. */
  root: CommandGroup;
}

export interface Command<T extends Flags = Flags> {
  name: string;
  /** After the name in the usage line. */
  usage?: string;
  summary: string;
  examples?: string;
  flags: T;
  run(invocation: Invocation<T>): Promise<number | void>;
}

/** A command as the table holds it, flags forgotten. */
export type AnyCommand = Omit<Command, 'run'> & { run(invocation: Invocation<Flags>): Promise<number | void> };

export function defineCommand<const T extends Flags>(command: Command<T>): AnyCommand {
  return command as unknown as AnyCommand;
}

/** One line of a command table: the code is loaded when the command is run. */
export interface CommandEntry {
  name: string;
  aliases?: readonly string[];
  summary: string;
  group: string;
  /** Not for people: `__complete`. */
  hidden?: boolean;
  load(): Promise<AnyCommand | CommandGroup>;
}

/** A line of a group's own table: `set image`, `create role`. */
export const subcommand = (
  name: string,
  summary: string,
  load: () => Promise<{ command: AnyCommand | CommandGroup }>,
  aliases: readonly string[] = [],
): CommandEntry => ({
  name,
  aliases,
  summary,
  group: 'Available Commands',
  load: async () => (await load()).command,
});

/** Subcommands that are at hand already, short enough to share their group's file. */
export const subcommandsOf = (commands: readonly AnyCommand[]): CommandEntry[] =>
  commands.map((command) => subcommand(command.name, command.summary, async () => ({ command })));

export interface CommandGroup {
  name: string;
  summary: string;
  usage?: string;
  /** Runs when no subcommand is named (`create -f`). */
  own?: AnyCommand;
  subcommands: readonly CommandEntry[];
}

export const isGroup = (command: AnyCommand | CommandGroup): command is CommandGroup => 'subcommands' in command;
