/** One run of random requests in a thread of its own: faster than among the test runner's hooks, and beside the others. */
import { parentPort, workerData } from 'node:worker_threads';
import { type FuzzRun, runFuzz } from './run.ts';

parentPort?.postMessage(await runFuzz(workerData as FuzzRun));
