/** kubectl create deployment. */
import type { KubernetesObject } from '@mkube/apimachinery';
import { defineCommand, intOr, list, text } from '../../command.ts';
import { CommandError } from '../../io.ts';
import { createObject, submitFlags } from '../../submit.ts';

export const command = defineCommand({
  name: 'deployment',
  usage: 'NAME --image=image -- [COMMAND] [args...]',
  summary: 'Create a deployment with the specified name.',
  examples:
    '  mkube create deployment my-dep --image=busybox\n  mkube create deployment my-dep --image=nginx --replicas=3',
  flags: {
    ...submitFlags,
    image: list('Image names to run. A deployment can have multiple images set for multi-container pod.'),
    replicas: intOr(1, 'Number of replicas to create. Default is 1.', { short: 'r' }),
    port: text('The containerPort that this deployment exposes.'),
  },
  async run({ args, dashArgs = [], flags, io, session }) {
    const [name] = args;
    const images = flags.image.flatMap((i) => i.split(','));
    if (images.length === 0) throw new CommandError('required flag(s) "image" not set');
    if (name === undefined) throw new CommandError('exactly one NAME is required, got 0');
    if (images.length > 1 && dashArgs.length > 0)
      throw new CommandError('cannot specify multiple --image options and command');
    const port = flags.port === undefined ? undefined : Number(flags.port);
    if (port !== undefined && !(port > 0 && port < 65_536)) throw new CommandError(`invalid port: ${flags.port}`);
    const labels = { app: name };
    const object = {
      kind: 'Deployment',
      apiVersion: 'apps/v1',
      metadata: { name, labels },
      spec: {
        replicas: flags.replicas,
        selector: { matchLabels: labels },
        template: {
          metadata: { labels },
          spec: { containers: images.map((image) => containerOfImage(image, dashArgs, port)) },
        },
        strategy: {},
      },
      status: {},
    };
    await createObject({
      object: object as unknown as KubernetesObject,
      flags,
      io,
      session,
      generated: { failure: 'failed to create deployment:' },
    });
  },
});

function containerOfImage(image: string, command: readonly string[], port: number | undefined): object {
  const last = image.split('/').pop() ?? image;
  const name = (last.split(/[:@]/)[0] ?? last).toLowerCase().replace(/[^a-z0-9-]/g, '-');
  return {
    name,
    image,
    ...(command.length > 0 && { command }),
    ...(port !== undefined && { ports: [{ containerPort: port }] }),
    resources: {},
  };
}
