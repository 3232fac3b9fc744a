import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { PersistentVolume, PersistentVolumeClaim, StorageClass } from '@mkube/api';
import { hostPathVolume, isOurs } from './host-path.ts';
import { planClaim, planVolume } from './plan.ts';

const claim = (spec: object = {}, annotations: object = {}): PersistentVolumeClaim =>
  ({
    metadata: { name: 'data', namespace: 'default', uid: 'c', annotations },
    spec: {
      storageClassName: '',
      accessModes: ['ReadWriteOnce'],
      resources: { requests: { storage: '5Gi' } },
      ...spec,
    },
    status: { phase: 'Pending' },
  }) as unknown as PersistentVolumeClaim;

const volume = (
  name: string,
  storage: string,
  spec: object = {},
  status: object = { phase: 'Available' },
): PersistentVolume =>
  ({
    metadata: { name, annotations: {}, labels: { name } },
    spec: { capacity: { storage }, accessModes: ['ReadWriteOnce', 'ReadOnlyMany'], storageClassName: '', ...spec },
    status,
  }) as unknown as PersistentVolume;

const storageClass = (name: string, rest: object = {}): StorageClass =>
  ({
    metadata: { name, creationTimestamp: 't', annotations: {} },
    provisioner: 'example.com/x',
    ...rest,
  }) as unknown as StorageClass;

const mine = { claimRef: { name: 'data', namespace: 'default', uid: 'c' } };
const reserved = { claimRef: { name: 'data', namespace: 'default' } };
const taken = { claimRef: { name: 'other', namespace: 'default', uid: 'o' } };
const onNode = (name: string) => ({
  nodeAffinity: {
    required: {
      nodeSelectorTerms: [{ matchExpressions: [{ key: 'kubernetes.io/hostname', operator: 'In', values: [name] }] }],
    },
  },
});

describe('the plan of a claim', () => {
  const waiting = { volumeBindingMode: 'WaitForFirstConsumer' };
  const done = { 'pv.kubernetes.io/bind-completed': 'yes' };
  const rows: [string, PersistentVolumeClaim, PersistentVolume[], StorageClass[], string][] = [
    [
      'takes the smallest that is large enough',
      claim(),
      [volume('big', '9Gi'), volume('small', '1Gi'), volume('right', '5Gi')],
      [],
      'bind right',
    ],
    [
      'takes none of another class',
      claim(),
      [volume('fast', '9Gi', { storageClassName: 'fast' })],
      [],
      'wait FailedBinding',
    ],
    [
      'takes one of its class of attributes',
      claim({ volumeAttributesClassName: 'gold' }),
      [volume('plain', '5Gi'), volume('gold', '9Gi', { volumeAttributesClassName: 'gold' })],
      [],
      'bind gold',
    ],
    [
      'takes none that it cannot write to',
      claim({ accessModes: ['ReadWriteMany'] }),
      [volume('v', '9Gi')],
      [],
      'wait FailedBinding',
    ],
    ['takes none of another mode', claim({ volumeMode: 'Block' }), [volume('v', '9Gi')], [], 'wait FailedBinding'],
    [
      'takes only what its selector picks',
      claim({ selector: { matchLabels: { name: 'b' } } }),
      [volume('a', '5Gi'), volume('b', '9Gi')],
      [],
      'bind b',
    ],
    [
      'takes the one that was kept for it, whatever its size beyond',
      claim(),
      [volume('right', '5Gi'), volume('kept', '50Gi', reserved)],
      [],
      'bind kept',
    ],
    [
      'takes none that somebody has',
      claim(),
      [volume('v', '9Gi', taken, { phase: 'Bound' })],
      [],
      'wait FailedBinding',
    ],
    [
      'waits for a node where its class does',
      claim({ storageClassName: 'late' }),
      [volume('v', '9Gi', { storageClassName: 'late' })],
      [storageClass('late', waiting)],
      'wait WaitForFirstConsumer',
    ],
    [
      'then takes one that the node reaches',
      claim({ storageClassName: 'late' }, { 'volume.kubernetes.io/selected-node': 'n2' }),
      [
        volume('a', '5Gi', { storageClassName: 'late', ...onNode('n1') }),
        volume('b', '9Gi', { storageClassName: 'late', ...onNode('n2') }),
      ],
      [storageClass('late', waiting)],
      'bind b',
    ],
    ['has one made where its class can', claim({ storageClassName: 'dyn' }), [], [storageClass('dyn')], 'provision'],
    ['waits for a class that is not there', claim({ storageClassName: 'dyn' }), [], [], 'wait ProvisioningFailed'],
    [
      'is given the default class where it names none',
      claim({ storageClassName: undefined }),
      [],
      [
        storageClass('std', {
          metadata: {
            name: 'std',
            creationTimestamp: 't',
            annotations: { 'storageclass.kubernetes.io/is-default-class': 'true' },
          },
        }),
      ],
      'setClass',
    ],
    ['goes on with the one that it names', claim({ volumeName: 'v' }, done), [volume('v', '9Gi', mine)], [], 'bind v'],
    ['is lost with its volume', claim({ volumeName: 'v' }, done), [], [], 'lose ClaimLost'],
    ['waits for a volume that it names and that is not there yet', claim({ volumeName: 'v' }), [], [], 'wait '],
    [
      'does not get what another has',
      claim({ volumeName: 'v' }),
      [volume('v', '9Gi', taken)],
      [],
      'wait FailedBinding',
    ],
    ['does not get what is too small', claim({ volumeName: 'v' }), [volume('v', '1Gi')], [], 'wait VolumeMismatch'],
  ];
  for (const [what, c, volumes, classes, expected] of rows) {
    it(what, () => {
      const nodeOf = (name: string) => ({ metadata: { name, labels: { 'kubernetes.io/hostname': name } } }) as never;
      const step = planClaim({ claim: c, volumes, classes, nodeOf });
      const end =
        step.action === 'bind'
          ? ` ${step.volume.metadata.name}`
          : 'told' in step || step.action === 'wait'
            ? ` ${step.told?.reason ?? ''}`
            : '';
      assert.equal(`${step.action}${end}`, expected);
    });
  }
});

describe('the plan of a volume', () => {
  const bound = (rest: object = {}) => volume('v', '5Gi', { ...mine, ...rest }, { phase: 'Bound' });
  const rows: [string, PersistentVolume, PersistentVolumeClaim | undefined, object][] = [
    [
      'is free where nobody has it',
      volume('v', '5Gi', {}, { phase: 'Pending' }),
      undefined,
      { action: 'phase', phase: 'Available' },
    ],
    ['stays as it is', bound(), claim({ volumeName: 'v' }), { action: 'leave' }],
    ['is released when its claim is gone', bound(), undefined, { action: 'phase', phase: 'Released' }],
    [
      'stays released where it is to be kept',
      volume('v', '5Gi', { ...mine, persistentVolumeReclaimPolicy: 'Retain' }, { phase: 'Released' }),
      undefined,
      { action: 'leave' },
    ],
    [
      'is deleted where it is not',
      volume('v', '5Gi', { ...mine, persistentVolumeReclaimPolicy: 'Delete' }, { phase: 'Released' }),
      undefined,
      { action: 'reclaim' },
    ],
    ['waits while its claim is being bound', bound(), claim(), { action: 'leave' }],
  ];
  for (const [what, v, c, step] of rows) it(what, () => assert.deepEqual(planVolume({ volume: v, claim: c }), step));
});

describe('a volume that comes with the cluster', () => {
  const uid = '0f8fad5b-d9cb-469f-a165-70867728950e';
  const made = (root: string) => {
    const of = claim({ storageClassName: 'standard' });
    return hostPathVolume(
      { ...of, metadata: { ...of.metadata, uid } },
      storageClass('standard'),
      root,
    ) as PersistentVolume;
  };

  it('has a folder of its own', () =>
    assert.equal(made('/data/volumes').spec.hostPath?.path, `/data/volumes/pvc-${uid}`));

  it('is deleted only where its path and name are those that we gave it', () => {
    const volume = made('/data/volumes');
    assert.ok(isOurs(volume, '/data/volumes'));
    assert.ok(!isOurs(volume, '/elsewhere'));
    assert.ok(!isOurs({ ...volume, spec: { ...volume.spec, hostPath: { path: '/etc' } } }, '/data/volumes'));
    assert.ok(!isOurs({ ...volume, metadata: { ...volume.metadata, name: '..' } }, '/data/volumes'));
    assert.ok(!isOurs({ ...volume, metadata: { ...volume.metadata, annotations: {} } }, '/data/volumes'));
  });
});
