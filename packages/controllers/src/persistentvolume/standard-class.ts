/** A cluster that can make volumes has a default class that does; one that a user deletes stays deleted until the next start. */
import type { Controller } from '@mkube/client';
import type { ControllerContext } from '../context.ts';
import { ignoreRaces } from '../serviceaccount/controller.ts';
import { STANDARD_CLASS } from './host-path.ts';

export function standardClassController(context: ControllerContext): Controller {
  const { client, flags } = context;
  return {
    name: 'standard-storage-class',
    watches: [],
    startKeys: flags.volumesRoot ? ['standard'] : [],
    async reconcile(_, signal) {
      await client.storageClasses.create(STANDARD_CLASS, { signal }).catch(ignoreRaces);
    },
  };
}
