/** What a claim's volume is filled from: dataSource and dataSourceRef say the same, whichever of them was given. */
import type { PersistentVolumeClaim, PersistentVolumeClaimSpec } from '../../../generated/types/core-v1.ts';

/** Sources of other kinds may be told by the second field alone; what an old claim had already is left to validation. */
export function withSources(claim: PersistentVolumeClaim, old?: PersistentVolumeClaim): PersistentVolumeClaim {
  if (!claim.spec) return claim;
  const { dataSource, ...spec } = claim.spec;
  const isKnown = old?.spec?.dataSource !== undefined || old?.spec?.dataSourceRef !== undefined;
  const isKept = dataSource && (isKnown || isPlainSource(dataSource));
  return { ...claim, spec: inStep(isKept ? claim.spec : spec) };
}

export function inStep<T extends Partial<PersistentVolumeClaimSpec>>(spec: T): T {
  const { dataSource, dataSourceRef: ref } = spec;
  if (dataSource && !ref) return { ...spec, dataSourceRef: { ...dataSource } };
  return ref && !ref.namespace && !dataSource ? { ...spec, dataSource: ref } : spec;
}

const isPlainSource = ({ apiGroup = '', kind }: { apiGroup?: string; kind: string }): boolean =>
  (kind === 'PersistentVolumeClaim' && apiGroup === '') ||
  (kind === 'VolumeSnapshot' && apiGroup === 'snapshot.storage.k8s.io');
