/** kubectl set image. */
import { defineCommand } from '../../command.ts';
import { CommandError } from '../../io.ts';
import { containersNamed, podSpecOf } from '../../pod-spec.ts';
import { splitChanges, updateFlags, updateObjects } from '../../update-objects.ts';

export const command = defineCommand({
  name: 'image',
  usage: '(-f FILENAME | TYPE NAME) CONTAINER_NAME_1=CONTAINER_IMAGE_1 ... CONTAINER_NAME_N=CONTAINER_IMAGE_N',
  summary: 'Update the image of a pod template.',
  examples: '  mkube set image deployment/nginx busybox=busybox nginx=nginx:1.9.1',
  flags: updateFlags,
  async run({ args, flags, io, session }) {
    const { resources, changes } = splitChanges(args, 'image', (a) => a.includes('='));
    if (changes.length === 0) throw new CommandError('at least one image update is required');
    const images = changes.map((c) => [c.slice(0, c.indexOf('=')), c.slice(c.indexOf('=') + 1)] as const);
    if (images.length > 1 && images.some(([name]) => name === '*'))
      throw new CommandError(
        'all containers are already specified by *, but saw more than one container_name=container_image pairs',
      );
    await updateObjects({
      resources,
      flags,
      io,
      session,
      past: 'image updated',
      change(object) {
        for (const [name, image] of images) {
          const found = containersNamed(podSpecOf(object), name === '*' ? '*' : name);
          if (found.length === 0) throw new CommandError(`unable to find container named "${name}"`);
          for (const container of found) container.image = image;
        }
      },
    });
  },
});
