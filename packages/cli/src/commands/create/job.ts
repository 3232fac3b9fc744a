/** kubectl create job. */
import type { CronJob } from '@mkube/api';
import { text } from '../../command.ts';
import { createCommand } from '../../create-command.ts';
import { CommandError } from '../../io.ts';
import type { Session } from '../../session.ts';

export const command = createCommand({
  name: 'job',
  usage: '--image=image [--from=cronjob/name] -- [COMMAND] [args...]',
  summary: 'Create a job with the specified name.',
  flags: {
    image: text('Image name to run.'),
    from: text('The name of the resource to create a Job from (only cronjob is supported).'),
  },
  failure: 'failed to create job:',
  async make(name, { flags, dashArgs = [], session }) {
    if ((flags.image === undefined) === (flags.from === undefined))
      throw new CommandError('either --image or --from must be specified');
    const spec =
      flags.from === undefined
        ? specOfImage(name, flags.image ?? '', dashArgs)
        : await specOfCronJob(flags.from, session);
    return { kind: 'Job', apiVersion: 'batch/v1', metadata: { name }, spec, status: {} };
  },
});

async function specOfCronJob(from: string, session: Session): Promise<unknown> {
  const [type, cronJob = ''] = from.split('/');
  if (!['cronjob', 'cronjobs', 'cj', 'cronjob.batch'].includes(type ?? ''))
    throw new CommandError(`unknown object type ${type}: only cronjob is supported`);
  const path = `/apis/batch/v1/namespaces/${encodeURIComponent(await session.namespace())}/cronjobs/${encodeURIComponent(cronJob)}`;
  return (await (await session.rest()).json<CronJob>({ path })).spec.jobTemplate.spec;
}

const specOfImage = (name: string, image: string, command: readonly string[]): unknown => ({
  template: {
    spec: {
      containers: [{ name, image, ...(command.length > 0 && { command }), resources: {} }],
      restartPolicy: 'Never',
    },
  },
});
