/** kubectl create job. */
import type { CronJob } from '@mkube/api';
import type { KubernetesObject } from '@mkube/apimachinery';
import { defineCommand, text } from '../../command.ts';
import { CommandError } from '../../io.ts';
import { createObject, submitFlags } from '../../submit.ts';

export const command = defineCommand({
  name: 'job',
  usage: 'NAME --image=image [--from=cronjob/name] -- [COMMAND] [args...]',
  summary: 'Create a job with the specified name.',
  flags: {
    ...submitFlags,
    image: text('Image name to run.'),
    from: text('The name of the resource to create a Job from (only cronjob is supported).'),
  },
  async run({ args, dashArgs = [], flags, io, session }) {
    const [name] = args;
    if (name === undefined) throw new CommandError('exactly one NAME is required, got 0');
    if ((flags.image === undefined) === (flags.from === undefined))
      throw new CommandError('either --image or --from must be specified');
    const spec =
      flags.from === undefined ? specOfImage(name, flags.image ?? '', dashArgs) : await specOfCronJob(flags.from);
    const object = { kind: 'Job', apiVersion: 'batch/v1', metadata: { name }, spec, status: {} };
    await createObject({
      object: object as unknown as KubernetesObject,
      flags,
      io,
      session,
      generated: { failure: 'failed to create job:' },
    });

    async function specOfCronJob(from: string): Promise<unknown> {
      const [type, cronJob = ''] = from.split('/');
      if (!['cronjob', 'cronjobs', 'cj', 'cronjob.batch'].includes(type ?? ''))
        throw new CommandError(`unknown object type ${type}: only cronjob is supported`);
      const path = `/apis/batch/v1/namespaces/${encodeURIComponent(await session.namespace())}/cronjobs/${encodeURIComponent(cronJob)}`;
      return (await (await session.rest()).json<CronJob>({ path })).spec.jobTemplate.spec;
    }
  },
});

const specOfImage = (name: string, image: string, command: readonly string[]): unknown => ({
  template: {
    spec: {
      containers: [{ name, image, ...(command.length > 0 && { command }), resources: {} }],
      restartPolicy: 'Never',
    },
  },
});
