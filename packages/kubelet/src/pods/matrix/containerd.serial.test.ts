import { inOwnNetwork } from '../../testing/own-network.test.ts';
import { openContainerdEngine } from '../../testing/engines.test.ts';
import { describeMatrix } from './describe-matrix.test.ts';

inOwnNetwork(
  import.meta.url,
  'each thing that a manifest can ask for, on containerd',
  () => describeMatrix('containerd', openContainerdEngine),
  { programs: ['containerd', 'ctr'], timeoutMs: 600_000 },
);
