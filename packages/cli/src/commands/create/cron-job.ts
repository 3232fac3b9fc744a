/** kubectl create cronjob. */
import { text, textOr } from '../../command.ts';
import { createCommand } from '../../create-command.ts';

export const command = createCommand({
  name: 'cronjob',
  usage: "--image=image --schedule='0/5 * * * ?' -- [COMMAND] [args...]",
  summary: 'Create a cron job with the specified name.',
  examples: '  mkube create cronjob my-job --image=busybox --schedule="*/1 * * * *" -- date',
  flags: {
    image: text('Image name to run.'),
    schedule: text('A schedule in the Cron format the job should be run with.'),
    restart: textOr('OnFailure', "job's restart policy. supported values: OnFailure, Never"),
  },
  required: ['image', 'schedule'],
  failure: 'failed to create cronjob:',
  make: (name, { flags, args, dashArgs = args.slice(1) }) => ({
    kind: 'CronJob',
    apiVersion: 'batch/v1',
    metadata: { name },
    spec: {
      schedule: flags.schedule,
      jobTemplate: {
        metadata: { name },
        spec: {
          template: {
            metadata: {},
            spec: {
              containers: [
                { name, image: flags.image, ...(dashArgs.length > 0 && { command: dashArgs }), resources: {} },
              ],
              restartPolicy: flags.restart,
            },
          },
        },
      },
    },
    status: {},
  }),
});
