/** kubectl create deployment. */
import { intOr, list, text } from '../../command.ts';
import { createCommand, wordsOf } from '../../create-command.ts';
import { CommandError } from '../../io.ts';

export const command = createCommand({
  name: 'deployment',
  usage: '--image=image -- [COMMAND] [args...]',
  summary: 'Create a deployment with the specified name.',
  examples:
    '  mkube create deployment my-dep --image=busybox\n  mkube create deployment my-dep --image=nginx --replicas=3',
  flags: {
    image: list('Image names to run. A deployment can have multiple images set for multi-container pod.'),
    replicas: intOr(1, 'Number of replicas to create. Default is 1.', { short: 'r' }),
    port: text('The containerPort that this deployment exposes.'),
  },
  required: ['image'],
  failure: 'failed to create deployment:',
  make(name, { flags, dashArgs = [] }) {
    const images = wordsOf(flags.image);
    if (images.length > 1 && dashArgs.length > 0)
      throw new CommandError('cannot specify multiple --image options and command');
    const port = flags.port === undefined ? undefined : Number(flags.port);
    if (port !== undefined && !(port > 0 && port < 65_536)) throw new CommandError(`invalid port: ${flags.port}`);
    const labels = { app: name };
    return {
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
