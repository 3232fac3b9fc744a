/** kubectl debug: an ephemeral container beside those of a pod, a copy of a pod, or a pod that sees all of a node. */
import { randomInt } from 'node:crypto';
import type { EphemeralContainer, Pod } from '@mkube/api';
import { type KubernetesObject, randomSuffix, StatusError } from '@mkube/apimachinery';
import { bool, defineCommand, list, text } from '../command.ts';
import { CommandError } from '../io.ts';
import { pathOf } from '../mapper.ts';
import { podOf, PODS, waitForPod } from '../pods.ts';
import { runStream } from '../streams.ts';

const random = (): number => randomInt(2 ** 32) / 2 ** 32;

export const command = defineCommand({
  name: 'debug',
  usage: '(POD | TYPE[[.VERSION].GROUP]/NAME) [ -- COMMAND [args...] ]',
  summary: 'Create debugging sessions for troubleshooting workloads and nodes.',
  examples:
    '  mkube debug mypod -it --image=busybox\n  mkube debug mypod -it --image=busybox --copy-to=my-debugger\n  mkube debug node/mynode -it --image=busybox',
  flags: {
    image: text('Container image to use for debug container.'),
    container: text('Container name to use for debug container.', { short: 'c' }),
    target: text('When using an ephemeral container, target processes in this container name.'),
    'copy-to': text('Create a copy of the target Pod with this name.'),
    'share-processes': bool('When used with --copy-to, enable process namespace sharing in the copy.', {
      default: true,
    }),
    replace: bool('When used with --copy-to, delete the original Pod.'),
    env: list('Environment variables to set in the container.'),
    'image-pull-policy': text('The image pull policy for the container.'),
    stdin: bool('Keep stdin open on the container(s) in the pod, even if nothing is attached.', { short: 'i' }),
    tty: bool('Allocate a TTY for the debugging container.', { short: 't' }),
    attach: bool('If true, wait for the container to start running, and then attach as if attach were called.'),
    quiet: bool('If true, suppress informational messages.', { short: 'q' }),
  },
  async run({ args: [word, ...rest0], dashArgs, flags, io, session }) {
    if (word === undefined) throw new CommandError('NAME or filename is required for debug');
    if (flags.image === undefined) throw new CommandError('you must specify --image when not using --copy-to.');
    if (flags.tty && !flags.stdin) throw new CommandError('-i/--stdin is required for containers with -t/--tty=true');
    if (flags.target && flags['copy-to'])
      throw new CommandError('--target is incompatible with --copy-to. Use --share-processes instead.');
    const [rest, namespace] = [await session.rest(), await session.namespace()];
    const name = flags.container ?? `debugger-${randomSuffix(random)}`;
    const words = dashArgs ?? rest0;
    const container = {
      name,
      image: flags.image,
      ...(flags.env.length > 0 && {
        env: flags.env.map((e) => ({ name: e.split('=')[0] ?? '', value: e.slice(e.indexOf('=') + 1) })),
      }),
      ...(words.length > 0 && { command: words }),
      ...(flags['image-pull-policy'] && { imagePullPolicy: flags['image-pull-policy'] }),
      stdin: flags.stdin,
      tty: flags.tty,
      terminationMessagePolicy: 'File',
    };
    const [type = '', node] = word.split('/');
    const pod = node !== undefined && ['node', 'nodes', 'no'].includes(type) ? await onNode(node) : await besidePod();
    if (!(flags.attach || flags.stdin)) return 0;
    return attach(pod);

    async function onNode(on: string): Promise<Pod> {
      const podName = `node-debugger-${on}-${randomSuffix(random)}`;
      if (!flags.quiet) io.out(`Creating debugging pod ${podName} with container debugger on node ${on}.\n`);
      const spec = {
        nodeName: on,
        hostNetwork: true,
        hostPID: true,
        hostIPC: true,
        restartPolicy: 'Never',
        tolerations: [{ operator: 'Exists' }],
        containers: [
          {
            ...container,
            name: flags.container ?? 'debugger',
            volumeMounts: [{ name: 'host-root', mountPath: '/host' }],
          },
        ],
        volumes: [{ name: 'host-root', hostPath: { path: '/' } }],
      };
      return create({ name: podName, labels: { 'app.kubernetes.io/managed-by': 'kubectl-debug' } }, spec);
    }

    async function besidePod(): Promise<Pod> {
      const target = await podOf({ rest, mapper: session.mapper, namespace, word: word ?? '' });
      if (!flags.container && !flags.quiet) io.out(`Defaulting debug container name to ${name}.\n`);
      return flags['copy-to'] ? copyOf(target, flags['copy-to']) : withEphemeral(target);
    }

    async function withEphemeral({ metadata, spec }: Pod): Promise<Pod> {
      if (flags.target && !flags.quiet)
        io.out(
          `Targeting container "${flags.target}". If you don't see processes from this container it may be because the container runtime doesn't support this feature.\n`,
        );
      const added = { ...container, ...(flags.target && { targetContainerName: flags.target }) } as EphemeralContainer;
      return rest.json<Pod>({
        method: 'PATCH',
        path: pathOf(PODS, namespace, metadata.name, 'ephemeralcontainers'),
        contentType: 'application/strategic-merge-patch+json',
        body: { spec: { ephemeralContainers: [...(spec.ephemeralContainers ?? []), added] } },
      });
    }

    async function copyOf({ metadata, spec }: Pod, copy: string): Promise<Pod> {
      const { ephemeralContainers: _gone, nodeName: _any, ...kept } = spec;
      const containers = [...spec.containers.filter((c) => c.name !== name), container];
      const made = await create(
        { name: copy, ...(metadata.annotations && { annotations: metadata.annotations }) },
        { ...kept, shareProcessNamespace: flags['share-processes'], containers },
      );
      if (flags.replace) await rest.json({ method: 'DELETE', path: pathOf(PODS, namespace, metadata.name) });
      return made;
    }

    async function create(metadata: object, spec: object): Promise<Pod> {
      const body = { apiVersion: 'v1', kind: 'Pod', metadata, spec } as unknown as KubernetesObject;
      return rest.json<Pod>({ method: 'POST', path: pathOf(PODS, namespace), body });
    }

    async function attach(to: Pod): Promise<number> {
      const wanted = to.metadata.name.startsWith('node-debugger-') ? (flags.container ?? 'debugger') : name;
      const stateOf = (p: Pod) =>
        [...(p.status.containerStatuses ?? []), ...(p.status.ephemeralContainerStatuses ?? [])].find(
          (c) => c.name === wanted,
        )?.state;
      const started = await waitForPod({
        rest,
        pod: to,
        signal: io.signal,
        done: (p) => Boolean(stateOf(p)?.running ?? stateOf(p)?.terminated),
      });
      const query: [string, string][] = [
        ['container', wanted],
        ...(flags.stdin ? [['stdin', 'true'] as [string, string]] : []),
        ['stdout', 'true'],
        flags.tty ? ['tty', 'true'] : ['stderr', 'true'],
      ];
      const place = pathOf(PODS, namespace, started.metadata.name);
      if (stateOf(started)?.terminated) return logs(place, wanted);
      if (!flags.quiet) io.err("If you don't see a command prompt, try pressing enter.\n");
      const path = `${place}/attach?${new URLSearchParams(query).toString()}`;
      try {
        return await runStream({ rest, path, stdin: flags.stdin, tty: flags.tty, io });
      } catch (error) {
        if (!(error instanceof StatusError)) throw error;
        io.err(
          `warning: couldn't attach to pod/${started.metadata.name}, falling back to streaming logs: ${error.message}\n`,
        );
        return logs(place, wanted);
      }
    }

    async function logs(place: string, of: string): Promise<number> {
      const query = { container: of, follow: true };
      const { body } = await rest.stream({ path: `${place}/log`, query, accept: '*/*', signal: io.signal });
      for await (const chunk of body) await io.outBytes(chunk as Buffer);
      return 0;
    }
  },
});
