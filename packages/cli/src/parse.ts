/**
 * From argv to an invocation: finds the command, lets commander read its flags, and keeps kubectl's habits that commander has
 * not: `--flag=false`, `-o=json`, what stands after `--` kept apart, and kubectl's words for what is wrong.
 */
import { Command as Commander, CommanderError, Option } from 'commander';
import { type AnyCommand, type CommandGroup, type Flag, type Flags, isGroup } from './command.ts';
import { globalFlags } from './global-flags.ts';
import { UsageError } from './io.ts';

export interface Parsed {
  command: AnyCommand;
  path: string;
  args: string[];
  dashArgs: string[] | undefined;
  flags: Record<string, unknown>;
}
export interface HelpAsked {
  help: string;
}

/** 'mkube' followed by the words that choose the command; the rest of argv keeps its order. */
export async function parseArgv(argv: readonly string[], root: CommandGroup): Promise<Parsed | HelpAsked> {
  const dash = argv.indexOf('--');
  const before = dash < 0 ? [...argv] : argv.slice(0, dash);
  const dashArgs = dash < 0 ? undefined : argv.slice(dash + 1);
  let group: CommandGroup = root;
  let path = root.name;
  for (;;) {
    const at = indexOfOperand(before);
    const entry =
      at < 0
        ? undefined
        : group.subcommands.find((e) => e.name === before[at] || e.aliases?.includes(before[at] ?? ''));
    if (!entry) {
      if (group.own && !isHelp(before, at)) return parseFlags(group.own, { path, argv: before, dashArgs, group });
      if (at >= 0 && !group.own) throw new UsageError(`unknown command "${before[at]}" for "${path}"`);
      if (at < 0 && !isHelp(before, at)) checkOnlyGlobalFlags(before, path);
      return { help: groupHelp(group, path) };
    }
    before.splice(at, 1);
    path = `${path} ${entry.name}`;
    const loaded = await entry.load();
    if (!isGroup(loaded)) return parseFlags(loaded, { path, argv: before, dashArgs });
    group = loaded;
  }
}

const isHelp = (argv: readonly string[], operandAt: number): boolean =>
  operandAt < 0 && argv.some((a) => a === '--help' || a === '-h');

/** The first word that is neither a flag nor a global flag's value. */
function indexOfOperand(argv: readonly string[]): number {
  for (let i = 0; i < argv.length; i++) {
    const arg = argv[i] ?? '';
    if (!arg.startsWith('-') || arg === '-') return i;
    if (!arg.includes('=') && takesValue(arg)) i++;
  }
  return -1;
}

function takesValue(arg: string): boolean {
  const name = arg.replace(/^--?/, '');
  const flag = Object.entries<Flag>(globalFlags).find(([long, f]) =>
    arg.startsWith('--') ? long === name : f.short === name,
  )?.[1];
  // A command's own -f, -l, -o may stand before it only with '=' or after the command, as in kubectl.
  return flag !== undefined && flag.type !== 'bool';
}

function checkOnlyGlobalFlags(argv: readonly string[], path: string): void {
  for (const arg of argv) {
    if (!arg.startsWith('-')) continue;
    const name = arg.replace(/^--?/, '').split('=')[0] ?? '';
    if (!(name in globalFlags) && !Object.values<Flag>(globalFlags).some((f) => f.short === name))
      throw new UsageError(
        `unknown ${arg.startsWith('--') ? `flag: --${name}` : `shorthand flag: '${name}' in ${arg}`}`,
      );
  }
  void path;
}

interface Source {
  path: string;
  argv: readonly string[];
  dashArgs: string[] | undefined;
  group?: CommandGroup;
}

function parseFlags(command: AnyCommand, { path, argv, dashArgs, group }: Source): Parsed | HelpAsked {
  const all: Flags = { ...globalFlags, ...command.flags };
  const commander = commanderOf(command, { path, all, group });
  try {
    commander.parse(normalise(argv, all), { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.code === 'commander.helpDisplayed' || error.code === 'commander.help')
      return { help: commander.helpInformation() };
    throw new UsageError(kubectlWords(error, argv));
  }
  const values: Record<string, unknown> = commander.opts();
  const flags = Object.fromEntries(
    Object.entries(all).map(([name, flag]) => [name, readFlag(name, flag, valueOf(name, values))]),
  );
  return { command, path, args: commander.args, dashArgs, flags };
}

function commanderOf(
  command: AnyCommand,
  { path, all, group }: { path: string; all: Flags; group?: CommandGroup },
): Commander {
  const commander = new Commander(path)
    .usage(command.usage ?? '[flags]')
    .description(command.summary)
    .helpOption('-h, --help', `help for ${command.name}`)
    .allowExcessArguments(true)
    .exitOverride()
    .configureOutput({ writeErr: () => undefined, writeOut: () => undefined });
  for (const [name, flag] of Object.entries(all)) {
    const hidden = flag.hidden || name in globalFlags;
    commander.addOption(optionOf(name, flag).hideHelp(hidden));
    if (flag.type === 'bool' && !name.startsWith('no-')) commander.addOption(new Option(`--no-${name}`).hideHelp(true));
  }
  if (command.examples) commander.addHelpText('after', `\nExamples:\n${command.examples}`);
  if (group) commander.addHelpText('after', `\n${subcommandLines(group)}`);
  commander.argument('[args...]');
  return commander;
}

function optionOf(name: string, flag: Flag): Option {
  const long = flag.short === name ? '' : `--${name}`;
  const names = [flag.short && flag.short.length === 1 ? `-${flag.short}` : '', long].filter(Boolean).join(', ');
  switch (flag.type) {
    case 'bool':
      if (name.startsWith('no-')) return new Option(names, flag.help);
      return new Option(names, flag.help).default(flag.default, flag.default ? 'true' : undefined);
    case 'string':
      return new Option(
        `${names} ${flag.optionalValue === undefined ? `<${flag.value}>` : `[${flag.value}]`}`,
        flag.help,
      );
    case 'int':
      return new Option(`${names} <int>`, flag.help);
    case 'list':
      return new Option(`${names} <${flag.value}>`, flag.help).argParser(
        (value: string, sofar: string[] | undefined) => [...(sofar ?? []), value],
      );
  }
}

const camel = (name: string): string => name.replace(/-([a-z0-9])/g, (_, c: string) => c.toUpperCase());

/** commander takes '--no-headers' for the opposite of '--headers'. */
const valueOf = (name: string, values: Record<string, unknown>): unknown =>
  name.startsWith('no-') ? (values[camel(name.slice(3))] === false ? true : undefined) : values[camel(name)];

function readFlag(name: string, flag: Flag, value: unknown): unknown {
  if (value === undefined) return flag.type === 'list' ? [] : flag.default;
  switch (flag.type) {
    case 'bool':
      return value;
    case 'list':
      return (value as string[]).map(strip);
    case 'string':
      return value === true ? flag.optionalValue : strip(value as string);
    case 'int': {
      const number = strip(value as string);
      if (!/^-?\d+$/.test(number))
        throw new UsageError(
          `invalid argument "${number}" for "${flag.short ? `-${flag.short}, ` : ''}--${name}" flag: strconv.ParseInt: parsing "${number}": invalid syntax`,
        );
      return Number(number);
    }
  }
}

/** '-o=json' reaches us as '=json'. */
const strip = (value: string): string => (value.startsWith('=') ? value.slice(1) : value);

/** `--wait=false` to `--no-wait`; an optional value only ever comes with '='. */
function normalise(argv: readonly string[], all: Flags): string[] {
  return argv.flatMap((arg) => {
    const match = /^--([a-zA-Z0-9-]+)=(.*)$/s.exec(arg);
    const flag = match?.[1] === undefined ? undefined : all[match[1]];
    if (match && flag?.type === 'bool') {
      if (/^(true|t|1)$/i.test(match[2] ?? '')) return [`--${match[1]}`];
      if (/^(false|f|0)$/i.test(match[2] ?? '')) return match[1]?.startsWith('no-') ? [] : [`--no-${match[1]}`];
      throw new UsageError(
        `invalid argument "${match[2]}" for "--${match[1]}" flag: strconv.ParseBool: parsing "${match[2]}": invalid syntax`,
      );
    }
    const bare = /^--([a-zA-Z0-9-]+)$/.exec(arg)?.[1];
    const named = bare === undefined ? undefined : all[bare];
    if (named?.type === 'string' && named.optionalValue !== undefined) return [`--${bare}=${named.optionalValue}`];
    return [arg];
  });
}

function kubectlWords(error: CommanderError, argv: readonly string[]): string {
  if (error.code === 'commander.unknownOption') {
    const option = /'(.+?)'/.exec(error.message)?.[1] ?? '';
    if (option.startsWith('--')) return `unknown flag: ${option.split('=')[0]}`;
    const whole = argv.find((a) => a.startsWith('-') && a.includes(option.slice(1))) ?? option;
    return `unknown shorthand flag: '${option[1] ?? ''}' in ${whole}`;
  }
  if (error.code === 'commander.optionMissingArgument') {
    const option = /(--[a-zA-Z0-9-]+)/.exec(error.message)?.[1] ?? /'(-\w)/.exec(error.message)?.[1] ?? '';
    return `flag needs an argument: ${option}`;
  }
  return error.message.replace(/^error: /, '');
}

function subcommandLines(group: CommandGroup): string {
  const shown = group.subcommands.filter((s) => !s.hidden);
  const width = Math.max(...shown.map((s) => s.name.length)) + 2;
  const groups = [...new Set(shown.map((s) => s.group))];
  return groups
    .map((g) =>
      [`${g}:`, ...shown.filter((s) => s.group === g).map((s) => `  ${s.name.padEnd(width)}${s.summary}`)].join('\n'),
    )
    .join('\n\n');
}

function groupHelp(group: CommandGroup, path: string): string {
  return `${group.summary}\n\n${subcommandLines(group)}\n\nUsage:\n  ${path} ${group.usage ?? '[flags] [options]'}\n\nUse "${path} <command> --help" for more information about a given command.\n`;
}
