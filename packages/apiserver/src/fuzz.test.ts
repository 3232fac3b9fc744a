/**
 * Random requests, seeded: whatever is asked, the server answers with no fault of its own, soon and in bounds, and what it
 * stores afterwards is what its validation lets in. MKUBE_FUZZ_REQUESTS and MKUBE_FUZZ_SEED ask for more, or for others.
 */
import { strict as assert } from 'node:assert';
import { describe, test } from 'node:test';
import { Worker } from 'node:worker_threads';
import type { FuzzReport, FuzzRun } from './testing/fuzz/run.ts';

const REQUESTS = Number(process.env['MKUBE_FUZZ_REQUESTS'] ?? 100_000);
const SEED = Number(process.env['MKUBE_FUZZ_SEED'] ?? 20_240_229);
const THREADS = 4;
const WORKER = new URL('./testing/fuzz/worker.js', import.meta.url);

const run = (workerData: FuzzRun): Promise<FuzzReport> =>
  new Promise((resolve, reject) => {
    const worker = new Worker(WORKER, { workerData });
    worker.once('message', resolve).once('error', reject);
    worker.once('exit', (code) => reject(new Error(`the run of seed ${workerData.seed} ended with ${code}`)));
  });

describe(`${REQUESTS} random requests, seed ${SEED}`, { concurrency: THREADS }, () => {
  for (let thread = 0; thread < THREADS; thread++) {
    const seed = SEED + thread;
    test(`seed ${seed}: no fault of the server, and nothing stored that validation refuses`, async () => {
      const { faults } = await run({ requests: Math.ceil(REQUESTS / THREADS), seed });
      assert.deepEqual(faults, []);
    });
  }
});
