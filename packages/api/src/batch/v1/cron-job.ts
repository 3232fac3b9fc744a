/** CronJob, batch/v1: what the facts do not hold. */
import { defineResource } from '../../define.ts';
import { facts } from '../../generated/resources.ts';
import type { CronJob } from '../../generated/types/batch-v1.ts';

export const cronJobs = defineResource<CronJob>(facts.batch.v1.CronJob);
