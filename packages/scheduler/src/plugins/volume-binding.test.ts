import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { PersistentVolume, PersistentVolumeClaim, StorageClass } from '@mkube/api';
import type { Input } from '@mkube/apimachinery';
import { infoOf, nodeOf, snapshotOf } from '../testing.ts';
import { verdicts } from './testing.ts';
import { volumeBinding } from './volume-binding.ts';

const pod = infoOf('p', { spec: { volumes: [{ name: 'v', persistentVolumeClaim: { claimName: 'data' } }] } });
const onlyOn = (name: string) => ({
  required: {
    nodeSelectorTerms: [{ matchFields: [{ key: 'metadata.name', operator: 'In' as const, values: [name] }] }],
  },
});
const conflict = "!node(s) didn't match PersistentVolume's node affinity";
const both = (why: string) => ({ a: why, b: why });

const cases: [string, Input<PersistentVolumeClaim> | undefined, Input<PersistentVolume> | undefined, object][] = [
  ['needs its claim', undefined, undefined, both('!persistentvolumeclaim "data" not found')],
  ['waits for a claim to be bound', { spec: {} }, undefined, both('!pod has unbound immediate PersistentVolumeClaims')],
  ['chooses for a claim that waits for it', { spec: { storageClassName: 'late' } }, undefined, both('')],
  [
    'goes where its volume is',
    { spec: { volumeName: 'pv' } },
    { spec: { nodeAffinity: onlyOn('a') } },
    { a: '', b: conflict },
  ],
  ['goes anywhere with a volume that is everywhere', { spec: { volumeName: 'pv' } }, { spec: {} }, both('')],
  [
    'takes no claim that is on its way out',
    { metadata: { deletionTimestamp: '2025-01-01T00:00:00Z' }, spec: { volumeName: 'pv' } },
    undefined,
    both('!persistentvolumeclaim "data" is being deleted'),
  ],
];
for (const [says, claim, volume, expected] of cases)
  it(says, () => {
    const snapshot = snapshotOf(
      [nodeOf('a'), nodeOf('b')],
      {},
      {
        claim: () => claim && ({ metadata: {}, ...claim } as PersistentVolumeClaim),
        volume: () => volume as PersistentVolume | undefined,
        storageClass: (name) =>
          ({ volumeBindingMode: name === 'late' ? 'WaitForFirstConsumer' : 'Immediate' }) as StorageClass,
      },
    );
    assert.deepEqual(verdicts(volumeBinding, pod, snapshot), expected);
  });
