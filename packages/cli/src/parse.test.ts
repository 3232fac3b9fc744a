import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bool, type CommandGroup, defineCommand, int, list, text, textOr } from './command.ts';
import { UsageError } from './io.ts';
import { parseArgv } from './parse.ts';

const get = defineCommand({
  name: 'get',
  summary: 'Get.',
  flags: {
    output: text('Output.', { short: 'o' }),
    watch: bool('Watch.', { short: 'w' }),
    wait: bool('Wait.', { default: true }),
    stdin: bool('Stdin.', { short: 'i' }),
    tty: bool('Tty.', { short: 't' }),
    replicas: int('Replicas.'),
    filename: list('Files.', { short: 'f' }),
    'dry-run': textOr('none', 'Dry run.', { optionalValue: 'unchanged' }),
  },
  run: async () => 0,
});
const root: CommandGroup = {
  name: 'mkube',
  summary: 'Root.',
  subcommands: [{ name: 'get', summary: 'Get.', group: 'Basic', load: async () => get }],
};

async function parse(...argv: string[]) {
  const parsed = await parseArgv(argv, root);
  assert.ok('flags' in parsed, 'help was not asked for');
  return parsed;
}

const cases: [string, string[], string[], Record<string, unknown>][] = [
  ['a flag before its value', ['get', 'pods', '-o', 'json'], ['pods'], { output: 'json' }],
  ['a short flag with =', ['get', '-o=wide', 'pods'], ['pods'], { output: 'wide' }],
  ['a short flag with its value attached', ['get', '-ojson', 'pods'], ['pods'], { output: 'json' }],
  ['a long flag with =', ['get', '--output=name'], [], { output: 'name' }],
  [
    'a value that holds =',
    ['get', '-o', 'jsonpath={.items[?(@.a=="b")]}'],
    [],
    { output: 'jsonpath={.items[?(@.a=="b")]}' },
  ],
  ['global flags before the command', ['-n', 'kube-system', 'get', 'pods'], ['pods'], { namespace: 'kube-system' }],
  ['global flags after the command', ['get', 'pods', '--namespace=x'], ['pods'], { namespace: 'x' }],
  ['a boolean that is true', ['get', '--watch=true'], [], { watch: true }],
  ['a boolean that is false', ['get', '--wait=false'], [], { wait: false }],
  ['booleans left alone', ['get'], [], { wait: true, watch: false }],
  ['shorthands together', ['get', '-it'], [], { stdin: true, tty: true }],
  ['numbers', ['get', '--replicas=3'], [], { replicas: 3 }],
  ['a repeated flag', ['get', '-f', 'a', '-f', 'b'], [], { filename: ['a', 'b'] }],
  ['a flag whose value may be left out', ['get', '--dry-run', 'pods'], ['pods'], { 'dry-run': 'unchanged' }],
  ['the same with a value', ['get', '--dry-run=server', 'pods'], ['pods'], { 'dry-run': 'server' }],
];
for (const [name, argv, args, flags] of cases)
  test(`reads ${name}`, async () => {
    const parsed = await parse(...argv);
    assert.deepEqual(parsed.args, args);
    for (const [key, value] of Object.entries(flags)) assert.deepEqual(parsed.flags[key], value, key);
  });

test('keeps what stands after -- apart, flags and all', async () => {
  const parsed = await parse('get', 'pod', '--', 'ls', '-l', '--', '-w');
  assert.deepEqual(parsed.args, ['pod']);
  assert.deepEqual(parsed.dashArgs, ['ls', '-l', '--', '-w']);
});

const faults: [string, string[], RegExp][] = [
  ['an unknown flag', ['get', '--bogus'], /^unknown flag: --bogus$/],
  ['an unknown shorthand', ['get', '-z'], /^unknown shorthand flag: 'z' in -z$/],
  ['a flag without its value', ['get', '--output'], /^flag needs an argument: --output$/],
  ['a number that is none', ['get', '--replicas=x'], /^invalid argument "x" for "--replicas" flag/],
  ['a boolean that is none', ['get', '--watch=maybe'], /^invalid argument "maybe" for "--watch" flag/],
  ['an unknown command', ['gett'], /^unknown command "gett" for "mkube"$/],
  ['an unknown flag without a command', ['--bogus'], /^unknown flag: --bogus$/],
];
for (const [name, argv, message] of faults)
  test(`refuses ${name} in kubectl's words`, async () => {
    await assert.rejects(
      parseArgv(argv, root),
      (error: Error) => error instanceof UsageError && message.test(error.message),
    );
  });

test('gives help for the whole and for a command', async () => {
  const whole = await parseArgv(['--help'], root);
  const one = await parseArgv(['get', '--help'], root);
  assert.ok('help' in whole && whole.help.includes('get'));
  assert.ok('help' in one && one.help.includes('--output'));
});
