import { inOwnNetwork } from '../../testing/own-network.test.ts';
import { openRuncEngine } from '../../testing/engines.test.ts';
import { describeMatrix } from './describe-matrix.test.ts';

inOwnNetwork(
  import.meta.url,
  'each thing that a manifest can ask for, on runc',
  () => describeMatrix('runc', openRuncEngine, { full: true }),
  { timeoutMs: 600_000 },
);
