/** Job, batch/v1: what the facts do not hold. */
import { defineResource } from '../../define.ts';
import { facts } from '../../generated/resources.ts';
import type { Job } from '../../generated/types/batch-v1.ts';

export const jobs = defineResource<Job>(facts.batch.v1.Job);
