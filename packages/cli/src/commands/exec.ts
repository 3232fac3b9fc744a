/** kubectl exec. */
import { bool, defineCommand, text, textOr } from '../command.ts';
import { CommandError } from '../io.ts';
import { pathOf } from '../mapper.ts';
import { containerOf, podOf, PODS } from '../pods.ts';
import { runStream } from '../streams.ts';

export const command = defineCommand({
  name: 'exec',
  usage: '(POD | TYPE/NAME) [-c CONTAINER] [flags] -- COMMAND [args...]',
  summary: 'Execute a command in a container.',
  examples: '  mkube exec hello -- date\n  mkube exec -it hello -- sh',
  flags: {
    container: text(
      'Container name. If omitted, the annotation kubectl.kubernetes.io/default-container or the first container is used.',
      { short: 'c' },
    ),
    stdin: bool('Pass stdin to the container', { short: 'i' }),
    tty: bool('Stdin is a TTY', { short: 't' }),
    quiet: bool('Only print output from the remote session', { short: 'q' }),
    'pod-running-timeout': textOr('1m0s', 'The length of time to wait until at least one pod is running'),
  },
  async run({ args, dashArgs, flags, io, session }) {
    const [word, ...rest0] = args;
    if (word === undefined) throw new CommandError('pod, type/name or --filename must be specified');
    const words = dashArgs ?? rest0;
    if (dashArgs === undefined && rest0.length > 0)
      throw new CommandError('exec [POD] [COMMAND] is not supported anymore. Use exec [POD] -- [COMMAND] instead');
    if (words.length === 0) throw new CommandError('you must specify at least one command for the container');
    const tty = flags.tty && io.stdin.isTTY === true;
    if (flags.tty && !tty) io.err('Unable to use a TTY - input is not a terminal or the right kind of file\n');
    const rest = await session.rest();
    const pod = await podOf({ rest, mapper: session.mapper, namespace: await session.namespace(), word });
    const { phase } = pod.status;
    if (phase === 'Succeeded' || phase === 'Failed')
      throw new CommandError(`cannot exec into a container in a completed pod; current phase is ${phase}`);
    const container = containerOf(pod, flags.container, flags.quiet ? undefined : io);
    const parameters: [string, string][] = [
      ...words.map((w): [string, string] => ['command', w]),
      ['container', container],
      ...(flags.stdin ? [['stdin', 'true'] as [string, string]] : []),
      ['stdout', 'true'],
      tty ? ['tty', 'true'] : ['stderr', 'true'],
    ];
    const path = `${pathOf(PODS, pod.metadata.namespace, pod.metadata.name, 'exec')}?${new URLSearchParams(parameters).toString()}`;
    const code = await runStream({ rest, path, stdin: flags.stdin, tty, io });
    if (code !== 0) io.err(`command terminated with exit code ${code}\n`);
    return code;
  },
});
