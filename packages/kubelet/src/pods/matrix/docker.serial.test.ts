import { inOwnNetwork } from '../../testing/own-network.test.ts';
import { openDockerEngine } from '../../testing/engines.test.ts';
import { describeMatrix } from './describe-matrix.test.ts';

inOwnNetwork(
  import.meta.url,
  'each thing that a manifest can ask for, on docker',
  () => describeMatrix('docker', openDockerEngine, { atOnce: 3 }),
  { programs: ['dockerd'], timeoutMs: 800_000 },
);
