import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Pod, StatefulSet } from '@mkube/api';
import type { OwnerReference } from '@mkube/apimachinery';
import { planClaimOwners } from './claim-owners.ts';

const set = (whenDeleted: string, whenScaled: string, replicas = 1): StatefulSet =>
  ({
    metadata: { name: 'db', uid: 'set' },
    spec: { replicas, persistentVolumeClaimRetentionPolicy: { whenDeleted, whenScaled } },
  }) as never;
const pod = { metadata: { name: 'db-0', uid: 'pod' } } as unknown as Pod;
const ref = (kind: string, name: string, uid: string, controller?: boolean): OwnerReference => ({
  apiVersion: kind === 'StatefulSet' ? 'apps/v1' : 'v1',
  kind,
  name,
  uid,
  ...(controller !== undefined && { controller, blockOwnerDeletion: true }),
});
const bySet = ref('StatefulSet', 'db', 'set', true);
const byPod = ref('Pod', 'db-0', 'pod', true);
const map = ref('ConfigMap', 'm', 'map');
const foreign = ref('StatefulSet', 'other', 'x', true);

describe('the owners of the claim of a member', () => {
  type Row = [what: string, set: StatefulSet, known: OwnerReference[], owners: OwnerReference[] | undefined];
  const rows: Row[] = [
    ['are nobody where claims are retained', set('Retain', 'Retain'), [], undefined],
    ['are none of ours any more, once claims are retained', set('Retain', 'Retain'), [map, bySet], [map]],
    ['are the set where claims go with it', set('Delete', 'Retain'), [], [bySet]],
    ['stay as they are where they are right', set('Delete', 'Retain'), [bySet, map], undefined],
    ['are beside others that do not control it', set('Delete', 'Retain'), [map], [map, bySet]],
    ['control it', set('Delete', 'Retain'), [ref('StatefulSet', 'db', 'set', false)], [bySet]],
    ['are the member that is to go', set('Delete', 'Delete', 0), [bySet], [byPod]],
    ['are the set again when the member stays after all', set('Delete', 'Delete'), [byPod], [bySet]],
    ['are nobody of ours beside another controller', set('Delete', 'Retain'), [foreign, bySet], [foreign]],
    ['are left to another controller', set('Delete', 'Retain'), [foreign], undefined],
    ['are left to one of our name that is gone', set('Delete', 'Retain'), [ref('StatefulSet', 'db', 'old')], undefined],
  ];
  for (const [what, of, known, owners] of rows)
    it(what, () => assert.deepEqual(planClaimOwners(known, of, pod).owners, owners));

  it('are told apart from another controller, which is worth a warning', () => {
    assert.equal(planClaimOwners([foreign], set('Delete', 'Retain'), pod).isForeign, true);
    assert.equal(planClaimOwners([foreign], set('Retain', 'Retain'), pod).isForeign, false);
    assert.equal(planClaimOwners([map], set('Delete', 'Retain'), pod).isForeign, false);
  });
});
