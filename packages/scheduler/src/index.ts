export { type Scheduler, type SchedulerOptions, createScheduler } from './scheduler.ts';
