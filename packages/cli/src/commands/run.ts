/** kubectl run; without --image it runs mkube's demo image, which needs no network. */
import type { Pod } from '@mkube/api';
import { DEMO_IMAGE } from '@mkube/api/demo-image';
import type { Input } from '@mkube/apimachinery';
import { bool, defineCommand, list, text, textOr } from '../command.ts';
import { CommandError } from '../io.ts';
import { pathOf } from '../mapper.ts';
import { containerOf, PODS, waitForPod } from '../pods.ts';
import { createObjectPrinter, outputFlags } from '../printers/output.ts';
import { runStream } from '../streams.ts';

export const command = defineCommand({
  name: 'run',
  usage:
    'NAME [--image=image] [--env="key=value"] [--port=port] [--dry-run=server|client] [--overrides=inline-json] [--command] -- [COMMAND] [args...]',
  summary:
    'Create and run a particular image in a pod. Without --image it is the demo image: a small web server that says which pod and node answered.',
  examples:
    '  mkube run hello\n  mkube run nginx --image=nginx\n  mkube run -i -t busybox --image=busybox --restart=Never -- sh',
  flags: {
    ...outputFlags,
    image: text('The image for the container to run.'),
    'image-pull-policy': text('The image pull policy for the container.'),
    env: list('Environment variables to set in the container.'),
    labels: text('Comma separated labels to apply to the pod. Will override previous values.', { short: 'l' }),
    annotations: list('Annotations to apply to the pod.'),
    port: text('The port that this container exposes.'),
    restart: textOr('Always', 'The restart policy for this Pod.  Legal values [Always, OnFailure, Never].'),
    command: bool(
      "If true and extra arguments are present, use them as the 'command' field in the container, rather than the 'args' field which is the default.",
    ),
    stdin: bool('Keep stdin open on the container in the pod, even if nothing is attached.', { short: 'i' }),
    tty: bool('Allocate a TTY for the container in the pod.', { short: 't' }),
    attach: bool('If true, wait for the Pod to start running, and then attach to the Pod.'),
    rm: bool(
      "If true, delete the pod after it exits.  Only valid when attaching to the container, e.g. with '--attach' or with '-i/--stdin'.",
    ),
    quiet: bool('If true, suppress prompt messages.', { short: 'q' }),
    privileged: bool('If true, run the container in privileged mode.'),
    'dry-run': textOr('none', 'Must be "none", "server", or "client".', { optionalValue: 'unchanged' }),
    overrides: text('An inline JSON override for the generated object.'),
    'pod-running-timeout': textOr('1m0s', 'The length of time to wait until at least one pod is running'),
  },
  async run({ args, dashArgs = [], flags, io, session }) {
    const [name, ...more] = args;
    if (name === undefined) throw new CommandError('NAME is required for run');
    const attach = flags.attach || flags.stdin;
    if (flags.rm && !attach) throw new CommandError('--rm should only be used for attached containers');
    if (!['Always', 'OnFailure', 'Never'].includes(flags.restart))
      throw new CommandError(`invalid restart policy: ${flags.restart}`);
    const pod = merge(podOfFlags({ ...flags, name, words: [...more, ...dashArgs] }), flags.overrides);
    const printer = await createObjectPrinter(flags, async () => `pod/${name}`);
    if (flags['dry-run'] === 'client') {
      io.out(printer ? await printer(pod) : `pod/${name} created (dry run)\n`);
      return 0;
    }
    const rest = await session.rest();
    const dry = flags['dry-run'] === 'server';
    const created = await rest.json<Pod>({
      method: 'POST',
      path: pathOf(PODS, await session.namespace()),
      query: { fieldManager: 'kubectl-run', dryRun: dry ? 'All' : undefined },
      body: pod,
    });
    if (!attach || printer)
      io.out(printer ? await printer(created) : `pod/${name} created${dry ? ' (server dry run)' : ''}\n`);
    if (!attach || dry) return 0;
    return attachTo();

    async function attachTo(): Promise<number> {
      const started = (p: Pod): boolean => p.status.phase !== 'Pending';
      const running = await waitForPod({ rest, pod: created, signal: io.signal, done: started });
      const container = containerOf(running, undefined, undefined);
      const tty = flags.tty && io.stdin.isTTY === true;
      try {
        if (running.status.phase === 'Running') {
          if (!flags.quiet && flags.stdin)
            io.err(
              "All commands and output from this session will be recorded in container logs, including credentials and sensitive information passed through the command prompt.\nIf you don't see a command prompt, try pressing enter.\n",
            );
          const query = new URLSearchParams({
            container,
            ...(flags.stdin && { stdin: 'true' }),
            stdout: 'true',
            ...(tty ? { tty: 'true' } : { stderr: 'true' }),
          });
          await runStream({
            rest,
            path: `${pathOf(PODS, created.metadata.namespace, name, 'attach')}?${query.toString()}`,
            stdin: flags.stdin,
            tty,
            io,
          });
        } else {
          const { body } = await rest.stream({
            path: pathOf(PODS, created.metadata.namespace, name, 'log'),
            query: { container },
            signal: io.signal,
          });
          for await (const chunk of body) await io.outBytes(chunk as Buffer);
        }
        if (flags.restart === 'Always') return 0;
        const ended = await waitForPod({
          rest,
          pod: created,
          signal: io.signal,
          done: (p) => p.status.phase === 'Succeeded' || p.status.phase === 'Failed',
        });
        return ended.status.containerStatuses?.find((c) => c.name === container)?.state?.terminated?.exitCode ?? 0;
      } finally {
        if (flags.rm) {
          await rest.json({
            method: 'DELETE',
            path: pathOf(PODS, created.metadata.namespace, name),
            body: { propagationPolicy: 'Background' },
          });
          if (!flags.quiet) io.out(`pod "${name}" deleted from ${created.metadata.namespace} namespace\n`);
        }
      }
    }
  },
});

interface PodFlags {
  name: string;
  words: string[];
  image: string | undefined;
  'image-pull-policy': string | undefined;
  env: string[];
  labels: string | undefined;
  annotations: string[];
  port: string | undefined;
  restart: string;
  command: boolean;
  stdin: boolean;
  tty: boolean;
  rm: boolean;
  attach: boolean;
  privileged: boolean;
}

function podOfFlags(flags: PodFlags): Input<Pod> {
  const labels = flags.labels ? pairs(flags.labels.split(','), 'label') : { run: flags.name };
  const annotations = pairs(flags.annotations, 'annotation');
  const port = flags.port === undefined ? undefined : Number(flags.port);
  if (port !== undefined && !(Number.isInteger(port) && port > 0 && port < 65_536))
    throw new CommandError(`invalid port: ${flags.port}`);
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: flags.name, labels, ...(flags.annotations.length > 0 && { annotations }) },
    spec: {
      containers: [
        {
          name: flags.name,
          image: flags.image ?? DEMO_IMAGE,
          ...(flags['image-pull-policy'] && { imagePullPolicy: flags['image-pull-policy'] as 'Always' }),
          ...(flags.words.length > 0 && { [flags.command ? 'command' : 'args']: flags.words }),
          ...((flags.env.length > 0 || flags.image === undefined) && { env: envOf(flags) }),
          ...(port !== undefined && { ports: [{ containerPort: port }] }),
          ...(flags.stdin && { stdin: true, ...(flags.attach || flags.stdin ? { stdinOnce: true } : {}) }),
          ...(flags.tty && { tty: true }),
          ...(flags.privileged && { securityContext: { privileged: true } }),
          resources: {},
        },
      ],
      restartPolicy: flags.restart as 'Always',
      dnsPolicy: 'ClusterFirst',
    },
    status: {},
  };
}

/** The demo image names the node that it runs on, which only the downward API can tell it. */
function envOf({ env, image }: PodFlags) {
  const given = Object.entries(pairs(env, 'env')).map(([name, value]) => ({ name, value }));
  const node = { name: 'NODE_NAME', valueFrom: { fieldRef: { apiVersion: 'v1', fieldPath: 'spec.nodeName' } } };
  return image === undefined ? [node, ...given] : given;
}

function pairs(words: readonly string[], what: string): Record<string, string> {
  return Object.fromEntries(
    words.map((word) => {
      const equals = word.indexOf('=');
      if (equals <= 0) throw new CommandError(`unexpected ${what}: ${word}, expected key=value`);
      return [word.slice(0, equals), word.slice(equals + 1)];
    }),
  );
}

/** --overrides: a JSON merge over the generated pod. */
function merge(pod: Input<Pod>, overrides: string | undefined): Input<Pod> {
  if (!overrides) return pod;
  try {
    return mergeValues(pod, JSON.parse(overrides)) as Input<Pod>;
  } catch (error) {
    throw new CommandError(`--overrides is not valid JSON: ${(error as Error).message}`, 1, { cause: error });
  }
}

function mergeValues(base: unknown, over: unknown): unknown {
  if (over === null || typeof over !== 'object' || Array.isArray(over)) return over;
  const out: Record<string, unknown> =
    base !== null && typeof base === 'object' && !Array.isArray(base) ? { ...base } : {};
  for (const [key, value] of Object.entries(over)) {
    if (value === null) delete out[key];
    else out[key] = mergeValues(out[key], value);
  }
  return out;
}
