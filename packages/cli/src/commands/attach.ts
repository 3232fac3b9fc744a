/** kubectl attach. */
import type { Container, Pod } from '@mkube/api';
import { bool, defineCommand, text, textOr } from '../command.ts';
import { CommandError } from '../io.ts';
import { pathOf } from '../mapper.ts';
import { containerOf, podOf, PODS } from '../pods.ts';
import { runStream } from '../streams.ts';

export const command = defineCommand({
  name: 'attach',
  usage: '(POD | TYPE/NAME) -c CONTAINER',
  summary: 'Attach to a process that is already running inside an existing container.',
  examples: '  mkube attach mypod\n  mkube attach mypod -c ruby-container -i -t',
  flags: {
    container: text('Container name.', { short: 'c' }),
    stdin: bool('Pass stdin to the container', { short: 'i' }),
    tty: bool('Stdin is a TTY', { short: 't' }),
    quiet: bool('Only print output from the remote session', { short: 'q' }),
    'pod-running-timeout': textOr('1m0s', 'The length of time to wait until at least one pod is running'),
  },
  async run({ args, flags, io, session }) {
    const word = args.length === 2 ? args.join('/') : args[0];
    if (word === undefined) throw new CommandError('at least 1 argument is required for attach');
    if (args.length > 2)
      throw new CommandError(
        `expected POD, TYPE/NAME, or TYPE NAME, (at most 2 arguments) saw ${args.length}: ${args.join(' ')}`,
      );
    const rest = await session.rest();
    const pod = await podOf({ rest, mapper: session.mapper, namespace: await session.namespace(), word });
    const { phase } = pod.status;
    if (phase === 'Succeeded' || phase === 'Failed')
      throw new CommandError(`cannot attach a container in a completed pod; current phase is ${phase}`);
    const container = containerOf(pod, flags.container, flags.quiet ? undefined : io);
    const hasTty = specOf(pod, container)?.tty ?? false;
    if (flags.tty && !hasTty && !flags.quiet)
      io.err(`error: Unable to use a TTY - container ${container} did not allocate one\n`);
    if (!flags.quiet && flags.stdin) io.err("If you don't see a command prompt, try pressing enter.\n");
    const parameters: [string, string][] = [
      ['container', container],
      ...(flags.stdin ? [['stdin', 'true'] as [string, string]] : []),
      ['stdout', 'true'],
      hasTty ? ['tty', 'true'] : ['stderr', 'true'],
    ];
    const path = `${pathOf(PODS, pod.metadata.namespace, pod.metadata.name, 'attach')}?${new URLSearchParams(parameters).toString()}`;
    return runStream({ rest, path, stdin: flags.stdin, tty: hasTty, io });
  },
});

const specOf = ({ spec }: Pod, name: string): Container | undefined =>
  [...spec.containers, ...(spec.initContainers ?? []), ...((spec.ephemeralContainers ?? []) as Container[])].find(
    (c) => c.name === name,
  );
