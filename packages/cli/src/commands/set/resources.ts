/** kubectl set resources. */
import { defineCommand, text, textOr } from '../../command.ts';
import { CommandError } from '../../io.ts';
import { containersNamed, podSpecOf } from '../../pod-spec.ts';
import { updateFlags, updateObjects } from '../../update-objects.ts';

export const command = defineCommand({
  name: 'resources',
  usage: '(-f FILENAME | TYPE NAME)  ([--limits=LIMITS & --requests=REQUESTS]',
  summary: 'Update resource requests/limits on objects with pod templates.',
  examples: '  mkube set resources deployment nginx -c=nginx --limits=cpu=200m,memory=512Mi',
  flags: {
    ...updateFlags,
    containers: textOr('*', 'The names of containers in the selected pod templates to change.', { short: 'c' }),
    limits: text("The resource requirement requests for this container.  For example, 'cpu=100m,memory=256Mi'."),
    requests: text("The resource requirement requests for this container.  For example, 'cpu=100m,memory=256Mi'."),
  },
  async run({ args, flags, io, session }) {
    if (!flags.limits && !flags.requests)
      throw new CommandError('you must specify an update to requests or limits (in the form of --requests/--limits)');
    const [limits, requests] = [quantitiesOf(flags.limits), quantitiesOf(flags.requests)];
    await updateObjects({
      resources: args,
      flags,
      io,
      session,
      past: 'resource requirements updated',
      change(object) {
        const found = containersNamed(podSpecOf(object), flags.containers);
        if (found.length === 0) throw new CommandError(`unable to find container named ${flags.containers}`);
        for (const container of found)
          container.resources = {
            ...container.resources,
            ...(limits && { limits: { ...container.resources?.limits, ...limits } }),
            ...(requests && { requests: { ...container.resources?.requests, ...requests } }),
          };
      },
    });
  },
});

function quantitiesOf(words: string | undefined): Record<string, string> | undefined {
  if (!words) return undefined;
  return Object.fromEntries(
    words.split(',').map((pair) => {
      const [name = '', value, ...more] = pair.split('=');
      if (value === undefined || more.length > 0)
        throw new CommandError(`invalid argument syntax ${pair}, expected <resource>=<value>`);
      return [name, value];
    }),
  );
}
